import * as z from 'zod/mini';
import { listAllIds } from '../ledger/catalog.ts';
import {
  EXPIRES_IN_DAYS_DEFAULT,
  EXPIRES_IN_DAYS_MAX,
  lifetime,
  newToken,
  saveToken,
} from '../ledger/issue-token.ts';
import { readIssuedToken, revokeToken, TOKEN_ID } from '../ledger/issued-tokens.ts';
import type { Ledger } from '../ledger/table.ts';
import { isInTime, ROLES, SCOPES, type TokenRecord } from '../ledger/tokens.ts';
import { answer, emptyAnswer, type HttpAnswer } from '../shared/http.ts';
import { catalogPages } from './catalog-pages.ts';
import { reason } from './command.ts';
import { fields, integer, onceEach, pattern, text } from './fields.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { check, readJson, readQuery } from './read-request.ts';
import { conflict, forbidden, invalid, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';

const scopesMessage = `must be a list of some of ${SCOPES.join(', ')}`;

const tokenInput = fields({
  role: z.enum(ROLES, `must be one of ${ROLES.join(', ')}`),
  scopes: z.exactOptional(
    z
      .array(z.enum(SCOPES, `must be one of ${SCOPES.join(', ')}`), scopesMessage)
      .check(z.minLength(1, scopesMessage), onceEach()),
  ),
  name: z.exactOptional(text(1, 100)),
  expiresInDays: z._default(integer(1, EXPIRES_IN_DAYS_MAX), EXPIRES_IN_DAYS_DEFAULT),
  reason: z.exactOptional(reason),
});

/**
 * Issues a token, shown this once. When the answer is lost there is a token that nobody knows: it is listed, and may be
 * revoked.
 */
export async function issueToken(
  { ledger, clock }: AdminContext,
  request: AdminRequest,
): Promise<HttpAnswer> {
  const sent = readJson(request);
  const input = sent.ok ? check(request, tokenInput, sent.value) : sent;
  if (!input.ok) {
    return input.answer;
  }
  const { role, name, expiresInDays, reason: why } = input.value;
  if (role === 'viewer' && input.value.scopes !== undefined) {
    return invalid(request, [{ field: 'scopes', message: 'are for the role operator; a viewer only reads' }]);
  }
  const scopes = role === 'viewer' ? undefined : grantable(input.value.scopes, request.scopes);
  const exceeding = (scopes ?? []).filter((scope) => !request.scopes.includes(scope));
  if (exceeding.length > 0) {
    return forbidden(request, `A token cannot give what it has not: ${exceeding.join(', ')}.`);
  }
  const token = newToken();
  const record = await saveToken(ledger, token, role, {
    ...lifetime(clock.now(), expiresInDays),
    createdBy: request.tokenId,
    ...(scopes === undefined ? {} : { scopes }),
    ...(name === undefined ? {} : { name }),
  });
  request.note({ issuedTokenId: record.tokenId, role, ...(why === undefined ? {} : { reason: why }) });
  return answer(201, { ...show(record, clock.now()), token });
}

/** What a new operator's token is bound to; one that is bound itself binds what it issues. */
function grantable(wanted: TokenRecord['scopes'], own: AdminRequest['scopes']): TokenRecord['scopes'] {
  return wanted ?? (own.length === SCOPES.length ? undefined : own);
}

/** Every token that was issued, valid or not. */
export const listTokens = catalogPages('TOKEN', async ({ ledger, clock }, id: string) => {
  const record = await readIssuedToken(ledger, id);
  return record && show(record, clock.now());
});

const revocation = {
  force: z.optional(pattern(/^(?:true|false)$/, 'must be true or false')),
  reason: z.optional(reason),
};

/**
 * Revokes a token, one's own as well. The last one that can issue others is revoked with `force` only. Two who revoke each
 * other at the same moment can still leave none; whoever has AWS credentials then issues one.
 */
export async function revoke({ ledger, clock }: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const query = readQuery(request, revocation);
  if (!query.ok) {
    return query.answer;
  }
  const { force, reason: why } = query.value;
  const { id = '' } = request.parameters;
  const record = TOKEN_ID.test(id) ? await readIssuedToken(ledger, id) : undefined;
  if (record === undefined) {
    return notFound(request, 'There is no such token.');
  }
  request.note({ revokedTokenId: id, ...(why === undefined ? {} : { reason: why }) });
  const nowMs = clock.now();
  if (force !== 'true' && canIssue(record, nowMs) && !(await isAnotherIssuer(ledger, id, nowMs))) {
    return conflict(
      request,
      'It is the last valid token that can issue others. Issue another one first, or add ?force=true: ' +
        'then only whoever has AWS credentials can let somebody in again.',
    );
  }
  await revokeToken(ledger, id, { revokedAtMs: nowMs, revokedBy: request.tokenId });
  return emptyAnswer(204);
}

async function isAnotherIssuer(ledger: Ledger, tokenId: string, nowMs: number): Promise<boolean> {
  const ids = await listAllIds(ledger, 'TOKEN');
  const others = ids.filter((id) => id !== tokenId);
  const records = await mapInParallel(others, READ_WIDTH, (id) => readIssuedToken(ledger, id));
  return records.some((record) => record !== undefined && canIssue(record, nowMs));
}

function canIssue(record: TokenRecord, nowMs: number): boolean {
  const { role, scopes } = record;
  return statusOf(record, nowMs) === 'valid' && role === 'operator' && (scopes?.includes('tokens') ?? true);
}

function statusOf(record: TokenRecord, nowMs: number): 'valid' | 'expired' | 'revoked' {
  if (record.revokedAtMs !== undefined) {
    return 'revoked';
  }
  return isInTime(record, nowMs) ? 'valid' : 'expired';
}

/** Neither the token nor its hash is in an answer but the one that issues it. */
function show(record: TokenRecord, nowMs: number) {
  const { tokenId, role, scopes, name, createdAtMs, createdBy, expiresAtMs, revokedAtMs, revokedBy } = record;
  return {
    tokenId,
    role,
    ...(role === 'operator' ? { scopes: scopes ?? SCOPES } : {}),
    ...(name === undefined ? {} : { name }),
    status: statusOf(record, nowMs),
    createdAt: timeOrNull(createdAtMs),
    ...(createdBy === undefined ? {} : { createdBy }),
    expiresAt: timeOrNull(expiresAtMs),
    ...(revokedAtMs === undefined ? {} : { revokedAt: timeOrNull(revokedAtMs), revokedBy }),
  };
}

function timeOrNull(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString();
}
