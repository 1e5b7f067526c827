import * as z from 'zod/mini';
import { compare, type Decimal, isZero, subtract, ZERO } from '../core/decimal.ts';
import type { Reason } from '../core/execution.ts';
import { parseExecutionId } from '../core/ids.ts';
import { isInLots } from '../core/increments.ts';
import { termsOf } from '../core/tradable.ts';
import { addToTrade, signalOfAddition } from '../engine/add-to-trade.ts';
import { closeTrade, signalOfClosing } from '../engine/close-trade.ts';
import type { HttpAnswer } from '../shared/http.ts';
import { notOpen } from './change-trade.ts';
import { readCommand, reason } from './command.ts';
import { showReason } from './execution-state.ts';
import { amount, fields } from './fields.ts';
import type { FoundTrade } from './find-trade.ts';
import { conflict, malformed, refused } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';
import { type CommandRun, runCommand } from './run-command.ts';
import { absentTrade, answerTrade, tradeIn } from './trades.ts';

const closeInput = fields({ reason: z.exactOptional(reason) });
const adjustInput = fields({ quantity: amount('zero-or-more'), reason: z.exactOptional(reason) });

type LiveTrade = Extract<FoundTrade, { kind: 'live' }>;

/** `POST /api/v1/trades/{id}/close` and `…/adjust`: closes a trade, or changes how much it holds (C1). */
export async function close(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, closeInput);
  return input.ok
    ? withOpenTrade(context, request, (found) => keep(context, request, found, ZERO))
    : input.answer;
}

export async function adjust(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, adjustInput);
  if (!input.ok) {
    return input.answer;
  }
  const { quantity } = input.value;
  if (isZero(quantity)) {
    return malformed(request, 'A trade that is to hold nothing is closed: POST …/close.');
  }
  return withOpenTrade(context, request, async (found) => {
    const change = compare(quantity, found.trade.openQuantity);
    if (change === 0) {
      return answerTrade(context, found);
    }
    if (change > 0) {
      return hold(context, request, found, quantity);
    }
    const refusal = refuseByLots(found, quantity, context.clock.now());
    return refusal ? refused(request, refusal) : keep(context, request, found, quantity);
  });
}

/** No venue sells a part of a lot. What is bought is looked at when its turn comes, as any entry. */
function refuseByLots({ trade, account }: LiveTrade, quantity: Decimal, nowMs: number): Reason | undefined {
  const { lotSize } = termsOf(account.configuration, trade.symbol, nowMs);
  const sold = subtract(trade.openQuantity, quantity);
  return lotSize === undefined || isInLots(sold, lotSize)
    ? undefined
    : { code: 'QUANTITY_NOT_IN_LOTS', message: `To close ${sold} is no multiple of ${lotSize}.` };
}

async function withOpenTrade(
  context: AdminContext,
  request: AdminRequest,
  act: (found: LiveTrade) => Promise<HttpAnswer>,
): Promise<HttpAnswer> {
  const found = await tradeIn(context, request);
  if (!found) {
    return absentTrade(request);
  }
  return found.kind === 'live' && found.state === 'OPENED' ? act(found) : notOpen(request, found.state);
}

async function keep(
  context: AdminContext,
  request: AdminRequest,
  { trade, account }: LiveTrade,
  quantity: Decimal,
): Promise<HttpAnswer> {
  const tradeId = trade.executionId;
  const { accountId } = account.configuration;
  const closing = { tradeId, symbol: trade.symbol, keep: quantity };
  const command = { name: `close ${tradeId}`, accountId, signal: signalOfClosing(closing) };
  const run = await runCommand(context, request, command, (given) =>
    closeTrade(context.engine, given, closing),
  );
  return answerRun(context, request, run);
}

async function hold(
  context: AdminContext,
  request: AdminRequest,
  { trade, account }: LiveTrade,
  quantity: Decimal,
): Promise<HttpAnswer> {
  const { executionId: tradeId, symbol, side } = trade;
  const { accountId } = account.configuration;
  const addition = { tradeId, symbol, side, quantity };
  const strategyId = parseExecutionId(tradeId)?.strategyId;
  const command = {
    name: `adjust ${tradeId}`,
    accountId,
    signal: signalOfAddition(addition),
    ...(strategyId ? { strategyId } : {}),
  };
  const run = await runCommand(context, request, command, (given) =>
    addToTrade(context.engine, given, addition),
  );
  return answerRun(context, request, run);
}

/** Somebody else was faster, and the trade is as it was to be. */
const AS_WANTED: readonly string[] = ['NO_POSITION', 'ALREADY_AT_TARGET'];
const IN_CONFLICT: readonly string[] = ['TRADE_NOT_OPEN', 'ENTRY_WORKING'];

async function answerRun(context: AdminContext, request: AdminRequest, run: CommandRun): Promise<HttpAnswer> {
  const found = await tradeIn(context, request);
  if (!found || (run.kind === 'nothing-done' && run.isGone)) {
    return absentTrade(request);
  }
  if (run.kind === 'nothing-done') {
    return conflict(request, run.message);
  }
  const refusal = refusalOf(run);
  if (refusal && IN_CONFLICT.includes(refusal.code)) {
    return conflict(request, `${refusal.message} It is ${found.state}.`);
  }
  if (refusal) {
    return refused(request, refusal);
  }
  const { ids, state } = run;
  const { executionId } = ids;
  const status =
    state.kind === 'recorded'
      ? { status: state.execution.status, ...showReason(state.execution.reason) }
      : { status: 'RUNNING' };
  return answerTrade(context, found, { command: { executionId, ...status } });
}

/** Why an execution did not do what it was to do. One that goes on may yet. */
function refusalOf({ state }: Extract<CommandRun, { kind: 'executed' }>): Reason | undefined {
  if (state.kind === 'running') {
    return undefined;
  }
  const { status, reason: why = { code: status, message: status } } = state.execution;
  return status === 'COMPLETED' || status === 'UNKNOWN' || AS_WANTED.includes(why.code) ? undefined : why;
}
