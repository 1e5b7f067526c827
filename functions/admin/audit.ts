import { randomUUID } from 'node:crypto';
import type { Logger } from '@aws-lambda-powertools/logger';
import { type ActivityScope, type OperatorEntry, operatorPlaceOf } from '../core/activity.ts';
import { OnefillError } from '../core/errors.ts';
import { CONFIGURED_ID, parseExecutionId } from '../core/ids.ts';
import { putActivity } from '../ledger/activity-log.ts';
import type { HttpAnswer, HttpRequest } from '../shared/http.ts';
import { parseJson } from '../shared/json.ts';
import { type AdminContext, BASE_PATH } from './route.ts';

/** What a change led to, as its handler notes it. */
type Notes = Record<string, unknown>;

const DISTINCT_CHARACTERS = 16;
const REASON_CHARACTERS_MAX = 500;
const PATH_CHARACTERS_MAX = 300;

/**
 * Writes into the activity log what an operator asks for, has it done, and writes what came of it. If the log cannot be
 * written nothing is done, kill switches excepted. If the process dies over it the entry stays without an outcome: it may have taken effect.
 *
 * @param act does it; may note why and with which outcome. No secrets
 * @throws what the store or `act` throws
 */
export async function audited(
  { operations, clock }: AdminContext,
  logger: Logger,
  asked: { readonly request: HttpRequest; readonly tokenId: string; readonly isSafe: boolean },
  act: (notes: Notes) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const { request, tokenId } = asked;
  const atMs = clock.now();
  const distinct = randomUUID().replaceAll('-', '').slice(0, DISTINCT_CHARACTERS);
  const record = { scope: scopeOf(request.path), place: operatorPlaceOf(atMs, distinct), atMs };
  const reason = reasonIn(request);
  const entry: OperatorEntry = {
    type: 'OPERATOR_ACTION',
    tokenId,
    method: request.method,
    path: request.path.slice(0, PATH_CHARACTERS_MAX),
    correlationId: request.correlationId,
    ...(reason === undefined ? {} : { reason }),
  };
  await putActivity(operations, { ...record, entries: [entry] }).catch((error: unknown) => {
    if (!asked.isSafe) {
      throw error;
    }
    logger.error(
      'A kill switch is not held up by the activity log, which cannot be written.',
      error as Error,
    );
  });
  const notes: Notes = {};
  const complete = async (end: { readonly statusCode?: number; readonly error?: string }) => {
    const { reason: _, ...noted } = notes;
    const outcome = { ...noted, ...(end.error === undefined ? {} : { error: end.error }) };
    const { statusCode } = end;
    const done: OperatorEntry = {
      ...entry,
      ...(statusCode === undefined ? {} : { statusCode }),
      ...(Object.keys(outcome).length > 0 ? { outcome } : {}),
    };
    // It may have taken effect, and whoever asked must learn that. The entry says that its outcome is not known.
    await putActivity(operations, { ...record, entries: [done] }).catch((error: unknown) =>
      logger.error('The outcome of a change could not be written into the activity log.', error as Error),
    );
  };
  try {
    const answered = await act(notes);
    await complete({ statusCode: answered.statusCode });
    return answered;
  } catch (error) {
    await complete({ error: error instanceof OnefillError ? error.code : 'UNEXPECTED' });
    throw error;
  }
}

/** Why it is asked for, as far as it tells before anything is checked. */
function reasonIn({ rawBody }: HttpRequest): string | undefined {
  const sent = parseJson(rawBody.toString('utf8'), { exactNumbers: false });
  const isObject = sent.ok && typeof sent.value === 'object' && sent.value !== null;
  const reason: unknown = isObject ? Reflect.get(sent.value as object, 'reason') : undefined;
  return typeof reason === 'string' ? reason.slice(0, REASON_CHARACTERS_MAX) : undefined;
}

/** Whose log it belongs in, by what is changed. */
const OWNERS = [
  { owner: 'ACCOUNT', path: /^\/(?:accounts|monitoring\/locks\/account)\/([^/]+)/ },
  { owner: 'STRATEGY', path: /^\/(?:strategies|monitoring\/circuit-breakers)\/([^/]+)/ },
  { owner: 'WEBHOOK', path: /^\/webhooks\/([^/]+)/ },
] as const;

const OF_AN_EXECUTION = /^\/(?:executions|trades)\/([^/]+)/;

function scopeOf(fullPath: string): ActivityScope {
  const below = fullPath.slice(BASE_PATH.length);
  const accountId = parseExecutionId(OF_AN_EXECUTION.exec(below)?.[1] ?? '')?.accountId;
  if (accountId !== undefined) {
    return `ACCOUNT#${accountId}`;
  }
  for (const { owner, path } of OWNERS) {
    const id = path.exec(below)?.[1];
    if (id !== undefined && CONFIGURED_ID.test(id)) {
      return `${owner}#${id}`;
    }
  }
  return 'SYSTEM';
}
