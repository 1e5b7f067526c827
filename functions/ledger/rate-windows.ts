import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { RateLimit } from '../core/configuration.ts';
import type { WebhookId } from '../core/ids.ts';
import { type Conditional, conditionally, keys, type Ledger } from './table.ts';

/** Who is counted: one client of one webhook. */
export interface RateSubject {
  readonly webhookId: WebhookId;
  readonly sourceIp: string;
}

/** Whether a request was let through, and which slot it took or how long to wait. */
export type Admission =
  | { readonly admitted: true; readonly slot: number }
  | {
      readonly admitted: false;
      readonly retryAfterMs: number;
      /** The place that another request of the same group took, if it was the last one to take any in its slot. */
      readonly taken?: { readonly slot: number; readonly mark: string };
    };

/** Who asks: text of this request alone, so that a repeated write recognizes its own slot, behind that of its group. */
export const markOf = (group: string, request: string): string => `${group}/${request}`;

/**
 * What this environment last saw of each subject's slots: a good first guess, and no more than that.
 * Without it every request but the first of a window would need a second call.
 */
export type RateMemory = Map<
  string,
  { readonly slot: number; readonly count: number; readonly takenAtMs: number }
>;

const SUBJECTS_MAX = 1_000;

/** Keeps the item, and so the price of a write, small however high the limit is. */
const SLOTS_MAX = 16;
const MILLISECONDS = 1_000;

/** Room for contention: each lost attempt shows what there is, and the next one aims at it. */
const ATTEMPTS_MAX = 24;

/** After this many lost attempts there is a crowd. */
const ORDERLY_ATTEMPTS = 2;

/** One slot of the window as it is stored. */
interface Slot {
  readonly lastTakenAtMs: number;
  readonly count: number;
  readonly mark: string;
}

/**
 * A sliding window in one item and, mostly, one conditional write.
 *
 * The limit is divided over up to 16 slots. A slot takes its share of requests, and starts over only when its last
 * one is a window ago; so no window, wherever it begins, holds more than the limit. Up to a limit of 16 every slot
 * has a share of one and the window is exact; above, it may refuse up to a sixteenth early.
 *
 * The write guesses a slot from what this environment last saw. A wrong guess returns all slots, and the next
 * attempt takes one that has room or learns that none has.
 *
 * @param request.mark by {@link markOf}
 */
export async function admit(
  ledger: Ledger,
  subject: RateSubject,
  limit: RateLimit,
  request: { readonly mark: string; readonly nowMs: number },
  memory: RateMemory,
): Promise<Admission> {
  const subjectKey = keys.rateWindow(subject.webhookId, subject.sourceIp).pk;
  const window: Window = {
    ...limit,
    ...request,
    startMs: request.nowMs - limit.windowSeconds * MILLISECONDS,
  };
  let attempt = firstGuess(memory.get(subjectKey), window);
  for (let made = 0; made < ATTEMPTS_MAX; made += 1) {
    const result = await take(ledger, subject, window, attempt);
    if (result.written) {
      remember(memory, subjectKey, { ...attempt, count: result.value, takenAtMs: window.nowMs });
      return { admitted: true, slot: attempt.slot };
    }
    const slots = readSlots(result.current ?? {}, window);
    const own = slots.findIndex((slot) => slot?.mark === request.mark);
    if (own >= 0) {
      return { admitted: true, slot: own };
    }
    const next = nextAttempt(slots, window, made);
    if (next === undefined) {
      const taken = placeOfGroup(slots, request.mark);
      return { admitted: false, retryAfterMs: untilFirstFree(slots, window), ...(taken ? { taken } : {}) };
    }
    attempt = next;
  }
  return { admitted: false, retryAfterMs: limit.windowSeconds * MILLISECONDS };
}

/**
 * Takes a place beside that of another request of the same group, full or not: both are one signal, and whichever turns
 * out to be the duplicate gives its place back.
 *
 * @returns whether it was taken; not if somebody else has come to that slot since
 */
export async function joinGroup(
  ledger: Ledger,
  subject: RateSubject,
  { slot, mark }: { readonly slot: number; readonly mark: string },
  ownMark: string,
): Promise<boolean> {
  const result = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.rateWindow(subject.webhookId, subject.sourceIp),
        UpdateExpression: 'SET #mark = :own ADD #count :one',
        ConditionExpression: '#mark = :mark',
        ExpressionAttributeNames: { '#count': `count${slot}`, '#mark': `mark${slot}` },
        ExpressionAttributeValues: { ':own': ownMark, ':mark': mark, ':one': 1 },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  // A repeated write finds its own mark.
  return result.written || result.current?.[`mark${slot}`] === ownMark;
}

/** Gives a place back, for a request that turned out to be a duplicate: duplicates do not count. */
export async function withdraw(
  ledger: Ledger,
  subject: RateSubject,
  admission: { readonly slot: number },
): Promise<void> {
  await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.rateWindow(subject.webhookId, subject.sourceIp),
        UpdateExpression: 'ADD #count :less',
        ConditionExpression: '#count > :none',
        ExpressionAttributeNames: { '#count': `count${admission.slot}` },
        ExpressionAttributeValues: { ':less': -1, ':none': 0 },
      }),
    ),
  );
}

interface Window extends RateLimit {
  readonly startMs: number;
  readonly nowMs: number;
  readonly mark: string;
}

/** Which slot to take: afresh, or beside the requests it already took in this window. */
interface Attempt {
  readonly slot: number;
  readonly joins: boolean;
}

function slotCount(limit: number): number {
  return Math.min(limit, SLOTS_MAX);
}

/** The share of one slot; the shares add up to the limit. */
function capacity(slot: number, limit: number): number {
  return Math.floor((limit + slot) / slotCount(limit));
}

async function take(
  ledger: Ledger,
  subject: RateSubject,
  window: Window,
  { slot, joins }: Attempt,
): Promise<Conditional<number>> {
  const expiresAtSeconds = Math.ceil(window.nowMs / MILLISECONDS) + window.windowSeconds + 60;
  return conditionally(async () => {
    const { Attributes } = await ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.rateWindow(subject.webhookId, subject.sourceIp),
        UpdateExpression:
          'SET #takenAt = :now, #mark = :mark, expiresAtSeconds = :expiry, ' +
          `#count = ${joins ? '#count + :one' : ':one'}`,
        ConditionExpression: joins
          ? '#takenAt > :start AND #count < :capacity'
          : 'attribute_not_exists(#takenAt) OR #takenAt <= :start',
        ExpressionAttributeNames: {
          '#takenAt': `takenAt${slot}`,
          '#count': `count${slot}`,
          '#mark': `mark${slot}`,
        },
        ExpressionAttributeValues: {
          ':now': window.nowMs,
          ':start': window.startMs,
          ':mark': window.mark,
          ':one': 1,
          ':expiry': expiresAtSeconds,
          ...(joins ? { ':capacity': capacity(slot, window.limit) } : {}),
        },
        ReturnValues: 'UPDATED_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    );
    return Number(Attributes?.[`count${slot}`]);
  });
}

/** Goes on filling the slot that was taken last, then the next one. */
function firstGuess(last: ReturnType<RateMemory['get']>, window: Window): Attempt {
  const slots = slotCount(window.limit);
  if (last === undefined || last.slot >= slots) {
    return { slot: 0, joins: false };
  }
  if (last.takenAtMs <= window.startMs) {
    return { slot: last.slot, joins: false };
  }
  return last.count < capacity(last.slot, window.limit)
    ? { slot: last.slot, joins: true }
    : { slot: (last.slot + 1) % slots, joins: false };
}

function remember(
  memory: RateMemory,
  subjectKey: string,
  seen: { slot: number; count: number; takenAtMs: number },
) {
  if (memory.size >= SUBJECTS_MAX) {
    memory.clear();
  }
  memory.set(subjectKey, seen);
}

/** The slots that were taken within the window; `undefined` for those that are free. */
function readSlots(item: Record<string, unknown>, window: Window): (Slot | undefined)[] {
  return Array.from({ length: slotCount(window.limit) }, (_, slot) => {
    const lastTakenAtMs = Number(item[`takenAt${slot}`] ?? 0);
    return lastTakenAtMs > window.startMs
      ? { lastTakenAtMs, count: Number(item[`count${slot}`] ?? 0), mark: String(item[`mark${slot}`]) }
      : undefined;
  });
}

/**
 * Fills a slot before it opens another, so that slots come free one after the other. When many requests aim at the
 * same one at the same moment, the losers spread over all that have room.
 */
function nextAttempt(
  slots: readonly (Slot | undefined)[],
  window: Window,
  lostAttempts: number,
): Attempt | undefined {
  const open = slots.flatMap((taken, slot): Attempt[] => {
    if (!taken) {
      return [{ slot, joins: false }];
    }
    return taken.count < capacity(slot, window.limit) ? [{ slot, joins: true }] : [];
  });
  if (lostAttempts >= ORDERLY_ATTEMPTS) {
    return open[(spread(window.mark) + lostAttempts) % open.length];
  }
  return open.find(({ joins }) => joins) ?? open[0];
}

function placeOfGroup(slots: readonly (Slot | undefined)[], mark: string) {
  const group = mark.slice(0, mark.indexOf('/') + 1);
  const slot = slots.findIndex((taken) => taken?.mark.startsWith(group));
  const taken = slots[slot];
  return taken && { slot, mark: taken.mark };
}

/** A number that differs from request to request. */
function spread(mark: string): number {
  return [...mark].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0);
}

function untilFirstFree(slots: readonly (Slot | undefined)[], window: Window): number {
  const firstTakenAtMs = Math.min(...slots.map((slot) => slot?.lastTakenAtMs ?? window.startMs));
  return Math.max(1, firstTakenAtMs - window.startMs);
}
