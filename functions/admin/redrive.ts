import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import type { ExecutionRequest, Reason } from '../core/execution.ts';
import { executionRequestShape } from '../ledger/shapes/signal.ts';
import { enqueue } from '../shared/accounts-queue.ts';
import {
  type DeadLetter,
  deleteDeadLetter,
  receiveDeadLetters,
  showAgain,
} from '../shared/dead-letter-queue.ts';
import { parseJson } from '../shared/json.ts';
import { readQueueState } from '../shared/queue-state.ts';
import type { AdminContext } from './route.ts';

/** A dead letter that stays one. */
export interface NotRedriven extends Reason {
  readonly executionId?: string;
  readonly messageId?: string;
}

/** What a redrive came to. */
export interface Redriven {
  readonly redriven: number;
  /** How many dead letters there are still, those included that somebody else looks at in this moment. */
  readonly remaining: number;
  readonly failed: readonly NotRedriven[];
}

/** How much one request does; the rest is left for the next one. Below the function's timeout. */
const BUDGET = { durationMs: 5_000, messages: 500 } as const;
const RECEIVE_SIZE = 10;
/** Longer than one request takes, so that it does not meet a message twice. */
const HIDDEN_SECONDS = 30;

/**
 * Moves dead letters back to the accounts queue, those of one account in order: first sent, then deleted. Dying between
 * the two sends a message again, which is harmless at any time: the journal, the record and the signal's age decide in
 * the engine whether anything is executed.
 *
 * @param wanted only these executions; without it all
 */
export async function redrive(context: AdminContext, wanted?: ReadonlySet<string>): Promise<Redriven> {
  const { deadLetterQueue, clock } = context;
  const deadlineMs = clock.now() + BUDGET.durationMs;
  const kept: DeadLetter[] = [];
  const moved: string[] = [];
  const failed: NotRedriven[] = [];
  try {
    while (moved.length + kept.length < BUDGET.messages && clock.now() < deadlineMs) {
      const letters = await receiveDeadLetters(deadLetterQueue, RECEIVE_SIZE, HIDDEN_SECONDS);
      if (letters.length === 0) {
        break;
      }
      const results = await Promise.all(groupsOf(letters).map((group) => moveGroup(context, group, wanted)));
      for (const result of results) {
        kept.push(...result.kept);
        moved.push(...result.moved);
        failed.push(...result.failed);
      }
    }
  } finally {
    await showAgain(deadLetterQueue, kept);
  }
  const { visible, inFlight } = await readQueueState(deadLetterQueue);
  return {
    redriven: moved.length,
    remaining: visible + inFlight,
    failed: [
      ...failed,
      ...missing(wanted, new Set([...moved, ...failed.map(({ executionId }) => executionId)])),
    ],
  };
}

/** Reads the request in a dead letter; `undefined` when it is none of ours. */
export function requestIn({ body }: DeadLetter): ExecutionRequest | undefined {
  const json = parseJson(body, { exactNumbers: false });
  return json.ok ? z.safeParse(executionRequestShape, json.value).data : undefined;
}

/** A dead letter with its request, if it can be read. */
interface Opened {
  readonly letter: DeadLetter;
  readonly request: ExecutionRequest | undefined;
}

/** The letters by account, in order; one that cannot be read stands alone. */
function groupsOf(letters: readonly DeadLetter[]): Opened[][] {
  const groups = new Map<string, Opened[]>();
  for (const letter of letters) {
    const request = requestIn(letter);
    const group = request?.accountId ?? `unreadable ${letter.messageId}`;
    groups.set(group, [...(groups.get(group) ?? []), { letter, request }]);
  }
  return [...groups.values()];
}

interface Moved {
  readonly kept: DeadLetter[];
  readonly moved: string[];
  readonly failed: NotRedriven[];
}

/** Moves one account's letters, up to the first that cannot be sent: those behind it must not overtake it. */
async function moveGroup(
  context: AdminContext,
  group: readonly Opened[],
  wanted: ReadonlySet<string> | undefined,
): Promise<Moved> {
  const result: Moved = { kept: [], moved: [], failed: [] };
  for (const [index, { letter, request }] of group.entries()) {
    if (!request || (wanted && !wanted.has(request.executionId))) {
      result.kept.push(letter);
      if (!request && !wanted) {
        result.failed.push({
          messageId: letter.messageId,
          code: 'UNREADABLE',
          message: 'It is not an execution request, and stays in the dead-letter queue.',
        });
      }
      continue;
    }
    const { executionId } = request;
    try {
      await enqueue(context.accountsQueue, [request], {
        deduplication: () => deduplicationIdOf(executionId, letter.messageId),
      });
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      result.failed.push({ executionId, messageId: letter.messageId, code: 'NOT_QUEUED', message });
      result.kept.push(...group.slice(index).map((behind) => behind.letter));
      return result;
    }
    result.moved.push(executionId);
    // It is sent, whatever becomes of this: a letter that is not deleted is sent again by the next redrive.
    await deleteDeadLetter(context.deadLetterQueue, letter).catch(() => undefined);
  }
  return result;
}

/**
 * Not the execution id itself: SQS would swallow the message as a duplicate of the first one within five minutes of
 * it. The same for every attempt to redrive one letter, and another for the letter that it may become.
 */
function deduplicationIdOf(executionId: string, messageId: string): string {
  return hash('sha256', `${executionId} ${messageId}`, 'hex');
}

function missing(wanted: ReadonlySet<string> | undefined, seen: ReadonlySet<unknown>): NotRedriven[] {
  return [...(wanted ?? [])]
    .filter((executionId) => !seen.has(executionId))
    .map((executionId) => ({
      executionId,
      code: 'NOT_FOUND',
      message:
        'It is not among the dead letters that could be received. It may be behind others of its account.',
    }));
}
