import { hash, randomUUID } from 'node:crypto';
import {
  IdempotencyAlreadyInProgressError,
  IdempotencyConfig,
  IdempotencyPersistenceLayerError,
  makeIdempotent,
} from '@aws-lambda-powertools/idempotency';
import type { Context } from 'aws-lambda';
import { type SignalId, signalIdOf } from '../core/ids.ts';
import { requestsOf, type Target } from '../core/receipt.ts';
import type { Signal } from '../core/signal.ts';
import { countDuplicate, recordReceipt } from '../ledger/receipts.ts';
import type { Route } from '../ledger/webhooks.ts';
import { enqueue } from '../shared/accounts-queue.ts';
import type { HttpRequest, Refusal } from '../shared/http.ts';
import type { IngestDependencies } from './dependencies.ts';
import { fanOut, receiptTargetOf, targetOf } from './fan-out.ts';
import { RatePlace } from './rate-place.ts';
import type { SignalKey } from './read-payload.ts';
import { type FoundAcceptance, PayloadConflict, SignalClaim } from './signal-claim.ts';

/** The body of a 202; duplicates are given the same, from the receipt. */
interface Acceptance {
  readonly signalId: string;
  readonly status: 'accepted';
  readonly executions: readonly Target[];
}

/** A request that passed every check that needs no store. */
export interface CheckedRequest {
  readonly request: HttpRequest;
  readonly route: Route;
  readonly signal: Signal;
  readonly key: SignalKey;
  readonly receivedAtMs: number;
}

/**
 * What accepting came to. `route-changed`: the configuration is not what the checks were made with. `in-progress`:
 * another request with the same key has been at work for as long as we could wait.
 *
 * A refused signal that has an id of its own has a `signalId`; a conflict has none, its id is that of another.
 */
export type AcceptResult =
  | { readonly kind: 'accepted'; readonly acceptance: Acceptance; readonly replayed: boolean }
  | { readonly kind: 'refused'; readonly refusal: Refusal; readonly signalId: SignalId | undefined }
  | { readonly kind: 'route-changed' }
  | { readonly kind: 'in-progress' };

/** Thrown inside the idempotent work to leave it without an answer to be replayed: Powertools then releases it. */
class NotAccepted extends Error {
  readonly result: Exclude<AcceptResult, { kind: 'accepted' }>;

  constructor(result: Exclude<AcceptResult, { kind: 'accepted' }>) {
    super(result.kind);
    this.result = result;
  }
}

const KEY_PREFIX = 'webhook';
const MILLISECONDS = 1_000;

/** Waits for the answer of a request that is being worked on at this moment; 2 s in all, TradingView gives us 3. */
const IN_PROGRESS_BACKOFF_MS = [15, 30, 60, 120, 240, 480, 480, 480];

/**
 * Accepts a signal exactly once (A3). Two sequential steps on the way to the 202:
 *
 * 1. claim the signal's key ‖ take a place in the rate window ‖ make sure the route is still current
 * 2. put one message per account into the queue ‖ write the receipt
 *
 * Whoever finds the key claimed gets the receipt's answer, or waits for the receipt.
 */
export async function accept(
  dependencies: IngestDependencies,
  checked: CheckedRequest,
  context: Context,
): Promise<AcceptResult> {
  const { request, route, receivedAtMs, key } = checked;
  const { webhookId, rateLimit } = route.webhook;
  const claimId = randomUUID();
  // As Powertools hashed it for version 0.1, so that a duplicate of what that accepted is one.
  const keyHash = hash('sha256', JSON.stringify(`${webhookId} ${key.key}`), 'base64');
  const rated = {
    subject: { webhookId, sourceIp: request.sourceIp },
    limit: rateLimit,
    keyHash,
    claimId,
    nowMs: receivedAtMs,
  };
  const place = new RatePlace(dependencies.ledger, rated, dependencies.rateMemory);
  const isCurrent = dependencies.routes.isCurrent(route);
  // Awaited inside the claimed work; until then a failure must not count as unhandled.
  isCurrent.catch(() => undefined);

  const claim = new SignalClaim({
    client: dependencies.ledger.client,
    tableName: dependencies.idempotencyTableName,
    mintedSignalId: signalIdOf(webhookId, key.key, receivedAtMs),
    keyHash,
    payloadHash: key.payloadHash,
    claimId,
    nowMs: dependencies.clock.now,
    findAcceptance: (signalId) => findAcceptance(dependencies, signalId, place),
  });
  const outcome = await claimed(dependencies, checked, context, { claim, place, isCurrent });
  if (outcome.kind !== 'accepted' || outcome.replayed) {
    await giveBack(dependencies, place);
  }
  return outcome;
}

/**
 * What became of a signal that was claimed before. Whatever it was, this request needs no place in the rate window: the
 * signal has one, and who goes on with it is not limited again.
 */
async function findAcceptance(
  dependencies: IngestDependencies,
  signalId: SignalId,
  place: RatePlace,
): Promise<FoundAcceptance | undefined> {
  const { ledger, queue } = dependencies;
  const [receipt] = await Promise.all([countDuplicate(ledger, signalId), giveBack(dependencies, place)]);
  return (
    receipt && {
      answer: acceptanceOf(signalId, receipt.targets),
      sendAgain: () => enqueue(queue, requestsOf(receipt)),
    }
  );
}

function acceptanceOf(signalId: SignalId, targets: readonly Target[]): Acceptance {
  return { signalId, status: 'accepted', executions: targets.map(targetOf) };
}

interface Speculation {
  readonly claim: SignalClaim;
  readonly place: RatePlace;
  readonly isCurrent: Promise<boolean>;
}

async function claimed(
  dependencies: IngestDependencies,
  checked: CheckedRequest,
  context: Context,
  speculation: Speculation,
): Promise<AcceptResult> {
  const { key, route } = checked;
  let replayed = false;
  const acceptOnce = makeIdempotent((_key: string) => acceptClaimed(dependencies, checked, speculation), {
    persistenceStore: speculation.claim,
    keyPrefix: KEY_PREFIX,
    config: new IdempotencyConfig({
      expiresAfterSeconds: route.webhook.dedupeWindowSeconds,
      lambdaContext: context,
      responseHook: (response) => {
        replayed = true;
        return response;
      },
    }),
  });
  for (const backoffMs of [...IN_PROGRESS_BACKOFF_MS, undefined]) {
    try {
      return { kind: 'accepted', acceptance: await acceptOnce(key.key), replayed };
    } catch (error) {
      if (error instanceof NotAccepted) {
        return error.result;
      }
      if (isConflict(error)) {
        return { kind: 'refused', refusal: CONFLICT, signalId: undefined };
      }
      if (!(error instanceof IdempotencyAlreadyInProgressError)) {
        throw error;
      }
      if (backoffMs !== undefined) {
        await dependencies.wait(backoffMs);
      }
    }
  }
  return { kind: 'in-progress' };
}

/** Powertools wraps whatever its layer throws. */
function isConflict(error: unknown): boolean {
  return error instanceof IdempotencyPersistenceLayerError && error.cause instanceof PayloadConflict;
}

/** The work that is done once per key. */
async function acceptClaimed(
  dependencies: IngestDependencies,
  { request, route, signal, receivedAtMs }: CheckedRequest,
  { claim, place, isCurrent }: Speculation,
): Promise<Acceptance> {
  const [admitted, current] = await Promise.all([place.admission(), isCurrent]);
  if (!current) {
    throw new NotAccepted({ kind: 'route-changed' });
  }
  const { signalId } = claim;
  if (!admitted.admitted && !claim.resumes) {
    throw new NotAccepted({ kind: 'refused', refusal: rateLimited(route, admitted.retryAfterMs), signalId });
  }
  const { correlationId, sourceIp } = request;
  const requests = fanOut(route, { signalId, signal, correlationId, receivedAtMs });
  claim.mayHaveSent = true;
  await Promise.all([
    enqueue(dependencies.queue, requests),
    recordReceipt(dependencies.ledger, {
      signalId,
      webhookId: route.webhook.webhookId,
      correlationId,
      receivedAtMs,
      sourceIp,
      duplicates: 0,
      status: 'accepted',
      signal,
      targets: requests.map(receiptTargetOf),
      maxSignalAgeSeconds: route.webhook.maxSignalAgeSeconds,
    }),
  ]);
  return acceptanceOf(signalId, requests);
}

/** Gives back the place of a request that did not become a signal. Its answer stands, whether or not that succeeds. */
async function giveBack({ logger }: IngestDependencies, place: RatePlace): Promise<void> {
  await place.giveBack().catch((error: unknown) => {
    logger.warn('A place in the rate window could not be given back.', error as Error);
  });
}

const CONFLICT: Refusal = {
  statusCode: 409,
  code: 'IDEMPOTENCY_CONFLICT',
  message: 'A signal with this id was received with another payload. Nothing was traded for this one.',
};

function rateLimited(route: Route, retryAfterMs: number): Refusal {
  const { limit, windowSeconds } = route.webhook.rateLimit;
  return {
    statusCode: 429,
    code: 'RATE_LIMITED',
    message: `This webhook takes ${limit} signals in ${windowSeconds} s from one address. Nothing was traded.`,
    retryAfterSeconds: Math.ceil(retryAfterMs / MILLISECONDS),
  };
}
