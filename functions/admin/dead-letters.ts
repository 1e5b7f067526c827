import * as z from 'zod/mini';
import { isoTime } from '../core/clock.ts';
import { parseExecutionId } from '../core/ids.ts';
import type { Ledger } from '../ledger/table.ts';
import { type DeadLetter, receiveDeadLetters, showAgain } from '../shared/dead-letter-queue.ts';
import { answer } from '../shared/http.ts';
import { readQueueState } from '../shared/queue-state.ts';
import { readCommand, reason } from './command.ts';
import { readExecutionState, showReason } from './execution-state.ts';
import { fields, integerText } from './fields.ts';
import { mapInParallel, READ_WIDTH } from './parallel.ts';
import { readQuery } from './read-request.ts';
import { redrive, requestIn } from './redrive.ts';
import type { AdminContext, AdminRequest, Route } from './route.ts';

const BASE = '/monitoring/dead-letters';

/** `/api/v1/monitoring/dead-letters`: executions that nobody tries again, and the way back for them. */
export const DEAD_LETTER_ROUTES: readonly Route[] = [
  { method: 'GET', path: BASE, access: 'viewer', handle: listDeadLetters },
  {
    method: 'POST',
    path: `${BASE}/redrive`,
    access: 'operator',
    scope: 'operate',
    handle: redriveDeadLetters,
  },
];

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;
const EXECUTIONS_MAX = 100;
const BODY_CHARACTERS_MAX = 500;
/** A look is short; when it dies, the messages are visible again after this. */
const HIDDEN_SECONDS = 10;
const LOOK_DURATION_MS = 4_000;

const listParameters = { limit: z._default(integerText(1, LIMIT_MAX), LIMIT_DEFAULT) };

const executionIds = `must be a list of 1 to ${EXECUTIONS_MAX} execution ids`;
const redriveInput = fields({
  reason: z.exactOptional(reason),
  executionIds: z.exactOptional(
    z
      .array(
        z.custom<string>(
          (id) => typeof id === 'string' && parseExecutionId(id) !== undefined,
          'must be an execution id',
        ),
        executionIds,
      )
      .check(z.minLength(1, executionIds), z.maxLength(EXECUTIONS_MAX, executionIds)),
  ),
});

async function listDeadLetters(context: AdminContext, request: AdminRequest) {
  const query = readQuery(request, listParameters);
  if (!query.ok) {
    return query.answer;
  }
  const letters = await look(context, query.value.limit);
  const [items, { visible, inFlight }] = await Promise.all([
    mapInParallel(letters, READ_WIDTH, (letter) => showLetter(context.ledger, letter)),
    readQueueState(context.deadLetterQueue),
  ]);
  return answer(200, { items, total: visible + inFlight });
}

/** Receives without deleting, and makes everything visible again. */
async function look({ deadLetterQueue, clock }: AdminContext, limit: number): Promise<DeadLetter[]> {
  const deadlineMs = clock.now() + LOOK_DURATION_MS;
  const letters: DeadLetter[] = [];
  try {
    while (letters.length < limit && clock.now() < deadlineMs) {
      const more = await receiveDeadLetters(deadLetterQueue, limit - letters.length, HIDDEN_SECONDS);
      letters.push(...more);
      if (more.length === 0) {
        break;
      }
    }
  } finally {
    await showAgain(deadLetterQueue, letters);
  }
  return letters;
}

async function showLetter(ledger: Ledger, letter: DeadLetter) {
  const { messageId, receiveCount, sentAtMs } = letter;
  const message = { messageId, receiveCount, sentAt: isoTime(sentAtMs) };
  const request = requestIn(letter);
  if (!request) {
    return { ...message, body: letter.body.slice(0, BODY_CHARACTERS_MAX) };
  }
  const { executionId, signalId, strategyId, accountId, correlationId, receivedAtMs } = request;
  const state = await readExecutionState(ledger, request);
  const standing =
    state.kind === 'recorded'
      ? { status: state.execution.status, ...showReason(state.execution.reason) }
      : { status: state.kind === 'running' ? 'RUNNING' : 'PENDING' };
  const receivedAt = isoTime(receivedAtMs);
  return { ...message, executionId, signalId, strategyId, accountId, correlationId, receivedAt, ...standing };
}

async function redriveDeadLetters(context: AdminContext, request: AdminRequest) {
  const input = readCommand(request, redriveInput);
  if (!input.ok) {
    return input.answer;
  }
  const { executionIds } = input.value;
  const { redriven, remaining, failed } = await redrive(context, executionIds && new Set(executionIds));
  request.note({ redriven, remaining, failed: failed.length });
  return answer(200, {
    redriven,
    remaining,
    failed: failed.map(({ code, message, ...ids }) => ({ ...ids, reason: code, reasonMessage: message })),
  });
}
