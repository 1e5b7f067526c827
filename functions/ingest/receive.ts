import type { Context } from 'aws-lambda';
import { OnefillError } from '../core/errors.ts';
import { CONFIGURED_ID, type SignalId, signalIdOf, type WebhookId } from '../core/ids.ts';
import type { Signal } from '../core/signal.ts';
import { recordReceipt } from '../ledger/receipts.ts';
import type { Route } from '../ledger/webhooks.ts';
import { answer, type HttpAnswer, type HttpRequest, type Refusal, refuse } from '../shared/http.ts';
import { type AcceptResult, accept } from './accept.ts';
import type { IngestDependencies } from './dependencies.ts';
import { judge, type Verdict } from './judge.ts';
import { checkSize } from './read-payload.ts';

const NOT_FOUND: Refusal = {
  statusCode: 404,
  code: 'WEBHOOK_NOT_FOUND',
  message: 'There is no such webhook, or it is disabled.',
};

const STILL_IN_PROGRESS: Refusal = {
  statusCode: 503,
  code: 'UNAVAILABLE',
  message: 'The same signal is being received at this moment; send it again to learn its answer.',
  retryAfterSeconds: 1,
};

/** A route that changes during a request is read again, this often. */
const ROUTE_READS_MAX = 4;

/** With less than this left of the invocation a claim could lapse while it is being worked on. */
const REMAINING_MS_MIN = 1_500;

/**
 * Answers one webhook request: 202 when its signal is durable, a refusal that says why otherwise.
 *
 * Requests are judged by the route as this environment last saw it. A refusal by memory is judged again by the
 * ledger; an acceptance is checked while the key is being claimed. So a changed secret, a disabled webhook or a new
 * account counts from the very next request, at no extra step on the way to the 202.
 */
export async function receiveWebhook(
  dependencies: IngestDependencies,
  request: HttpRequest,
  context: Context,
): Promise<HttpAnswer> {
  const receivedAtMs = dependencies.clock.now();
  const tooLarge = checkSize(request);
  if (tooLarge) {
    return refuse(tooLarge, request.correlationId);
  }
  const webhookId = request.pathParameters.webhookId as WebhookId;
  let known = CONFIGURED_ID.test(webhookId) ? await dependencies.routes.get(webhookId) : undefined;
  for (let reads = 0; known && reads < ROUTE_READS_MAX; reads += 1) {
    const answered = await attempt(dependencies, request, known, { receivedAtMs, context });
    if (answered) {
      return answered;
    }
    const route = await dependencies.routes.refresh(webhookId);
    known = route && { route, fresh: true };
  }
  return refuse(known ? STILL_IN_PROGRESS : NOT_FOUND, request.correlationId);
}

/** @returns `undefined` when the route turned out not to be current, so that the request must be judged again */
async function attempt(
  dependencies: IngestDependencies,
  request: HttpRequest,
  { route, fresh }: { route: Route; fresh: boolean },
  { receivedAtMs, context }: { receivedAtMs: number; context: Context },
): Promise<HttpAnswer | undefined> {
  const verdict = await judge(dependencies, request, route, receivedAtMs);
  if (verdict.kind === 'refused') {
    return fresh ? refuseJudged(dependencies, request, route, verdict, receivedAtMs) : undefined;
  }
  if (context.getRemainingTimeInMillis() < REMAINING_MS_MIN) {
    throw new OnefillError('OUT_OF_TIME', 'retry', 'Too little time is left to accept a signal.');
  }
  const { signal, key } = verdict;
  const outcome = await accept(dependencies, { request, route, signal, key, receivedAtMs }, context);
  return outcome.kind === 'route-changed'
    ? undefined
    : respond(dependencies, request, route, { ...verdict, outcome, receivedAtMs });
}

async function respond(
  dependencies: IngestDependencies,
  request: HttpRequest,
  route: Route,
  accepting: Extract<Verdict, { kind: 'acceptable' }> & {
    outcome: Exclude<AcceptResult, { kind: 'route-changed' }>;
    receivedAtMs: number;
  },
): Promise<HttpAnswer> {
  const { outcome, receivedAtMs, signal, key } = accepting;
  const { clock, logger } = dependencies;
  const durationMs = clock.now() - receivedAtMs;
  switch (outcome.kind) {
    case 'accepted': {
      const { acceptance, replayed } = outcome;
      const { webhookId } = route.webhook;
      const { signalId } = acceptance;
      const executions = acceptance.executions.length;
      logger.info(replayed ? 'Duplicate.' : 'Accepted.', { webhookId, signalId, executions, durationMs });
      return answer(202, acceptance, replayed ? { 'idempotent-replayed': 'true' } : {});
    }
    case 'in-progress':
      return refuse(STILL_IN_PROGRESS, request.correlationId);
    case 'refused': {
      const receiptKey = `${key.key} ${key.payloadHash}`;
      const signalId = outcome.signalId ?? signalIdOf(route.webhook.webhookId, receiptKey, receivedAtMs);
      return refuseRecorded(dependencies, request, route, {
        refusal: outcome.refusal,
        signalId,
        signal,
        receivedAtMs,
      });
    }
  }
}

/** Refuses what was judged by a current route: with a receipt when the sender is known, without one else. */
async function refuseJudged(
  dependencies: IngestDependencies,
  request: HttpRequest,
  route: Route,
  verdict: Extract<Verdict, { kind: 'refused' }>,
  receivedAtMs: number,
): Promise<HttpAnswer> {
  const { refusal, receiptKey, signal } = verdict;
  const { webhookId } = route.webhook;
  if (receiptKey === undefined) {
    const { sourceIp, correlationId } = request;
    dependencies.logger.warn('Refused.', { webhookId, code: refusal.code, sourceIp });
    dependencies.watchRefusal({ webhookId, code: refusal.code, sourceIp, nowMs: receivedAtMs });
    return refuse(refusal, correlationId);
  }
  const signalId = signalIdOf(webhookId, receiptKey, receivedAtMs);
  return refuseRecorded(dependencies, request, route, {
    refusal,
    signalId,
    receivedAtMs,
    ...(signal ? { signal } : {}),
  });
}

/** I9: an authenticated request that is refused has a receipt, too, and is told its id. */
async function refuseRecorded(
  dependencies: IngestDependencies,
  request: HttpRequest,
  route: Route,
  refused: { refusal: Refusal; signalId: SignalId; signal?: Signal; receivedAtMs: number },
): Promise<HttpAnswer> {
  const { refusal, ...known } = refused;
  const { correlationId, sourceIp } = request;
  const { webhookId } = route.webhook;
  const { code, message, details = [] } = refusal;
  const ownCode = details.find((detail) => detail.code !== undefined)?.code;
  const explained = [message, ...details.map((detail) => `${detail.field} ${detail.message}.`)].join(' ');
  await recordReceipt(dependencies.ledger, {
    ...known,
    webhookId,
    correlationId,
    sourceIp,
    duplicates: 0,
    status: 'refused',
    reason: { code: ownCode ?? code, message: explained },
  });
  dependencies.logger.warn('Refused.', { webhookId, signalId: known.signalId, code });
  dependencies.watchRefusal({ webhookId, code, sourceIp, nowMs: refused.receivedAtMs });
  return refuse(refusal, correlationId, { signalId: known.signalId });
}
