import * as z from 'zod/mini';
import type { Decimal } from '../core/decimal.ts';
import type { Reason } from '../core/execution.ts';
import { expectedPriceOf, type Side } from '../core/order.ts';
import { isReached, refuseByPrices } from '../core/protection.ts';
import { hasProtection, type Protection } from '../core/trade.ts';
import { entryOf, type TradeState } from '../core/trade-state.ts';
import { type ChangeCommand, changeTrade } from '../engine/change-trade.ts';
import { refuseProtection } from '../engine/venue-limits.ts';
import type { HttpAnswer } from '../shared/http.ts';
import { fields } from './fields.ts';
import { marketPrices } from './market-prices.ts';
import { check, readJson } from './read-request.ts';
import { conflict, malformed, refused } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';
import { stopLossField, takeProfitField } from './target-fields.ts';
import { absentTrade, answerTrade, tradeIn } from './trades.ts';

const changeInput = fields({
  takeProfit: z.exactOptional(takeProfitField),
  stopLoss: z.exactOptional(stopLossField),
});

/** What is left out stays as it is, and null takes it away. */
type Change = z.output<typeof changeInput>;

const EMPTY = 'Send takeProfit, stopLoss, or both; null takes one away.';

/** `PATCH /api/v1/trades/{id}`: changes where a trade is closed (C1). */
export async function change(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const sent = readJson(request);
  if (!sent.ok) {
    return sent.answer;
  }
  const input = check(request, changeInput, sent.value);
  if (!input.ok) {
    return input.answer;
  }
  if (input.value.takeProfit === undefined && input.value.stopLoss === undefined) {
    return malformed(request, EMPTY);
  }
  const found = await tradeIn(context, request);
  if (!found) {
    return absentTrade(request);
  }
  if (found.kind === 'ended' || found.state === 'CLOSING') {
    return notOpen(request, found.state);
  }
  const { configuration } = found.account;
  const prices = marketPrices(context.ledger, context.clock.now());
  const price = await prices.priceOf(configuration, found.trade.symbol);
  const changed = (protection: Protection) => merged(protection, input.value);
  const refuse = refusalsAt(price, input.value);
  return answerChange(context, request, {
    accountId: configuration.accountId,
    tradeId: found.trade.executionId,
    changed,
    refuse,
  });
}

async function answerChange(
  context: AdminContext,
  request: AdminRequest,
  command: ChangeCommand,
): Promise<HttpAnswer> {
  const result = await changeTrade(context.engine, command);
  request.note({ result: result.kind });
  switch (result.kind) {
    case 'changed': {
      const after = await tradeIn(context, request);
      return after ? answerTrade(context, after) : absentTrade(request);
    }
    case 'refused':
      return refused(request, result.reason);
    case 'not-open':
      return notOpen(request, result.state ?? (await tradeIn(context, request))?.state ?? 'CLOSED');
    case 'halted':
      return conflict(
        request,
        'Onefill has halted the account: what went wrong there has to be put right first.',
      );
    case 'contended':
      return conflict(request, 'The account is executing something; ask again, or unlock it.');
    case 'not-found':
      return absentTrade(request);
    case 'unknown':
      return conflict(
        request,
        result.isStored
          ? 'The change is stored, and the venue does not say yet whether it has taken it; look at the trade.'
          : 'The venue does not say what became of an earlier order; nothing was changed. Ask again.',
      );
  }
}

function merged(protection: Protection, { takeProfit, stopLoss }: Change): Protection {
  const profit = takeProfit === undefined ? protection.takeProfit : takeProfit;
  const loss = stopLoss === undefined ? protection.stopLoss : stopLoss;
  return { ...(profit ? { takeProfit: profit } : {}), ...(loss ? { stopLoss: loss } : {}) };
}

/** What is refused before the venue is asked. @param price the market's, if it is known */
function refusalsAt(price: Decimal | undefined, change: Change): ChangeCommand['refuse'] {
  return (trade, wanted, books, venue): Reason | undefined => {
    const unsupported = hasProtection(wanted) ? refuseProtection(venue, wanted) : undefined;
    if (unsupported) {
      return unsupported;
    }
    const { side, entryPrice } = trade;
    if (trade.openedAtMs === undefined) {
      const entry = entryOf(trade.executionId, books);
      const expected = entry && expectedPriceOf(entry, entry.referencePrice);
      return refuseByPrices(wanted, side, expected);
    }
    return price && refuseReached(change, side, { entryPrice, price });
  };
}

function refuseReached(
  { stopLoss, takeProfit }: Change,
  side: Side,
  at: { readonly entryPrice: Decimal; readonly price: Decimal },
): Reason | undefined {
  const targets = [
    ['stop-loss', stopLoss],
    ['take-profit', takeProfit],
  ] as const;
  const reached = targets.find(([kind, target]) => target && isReached(target, kind, side, at));
  return (
    reached && {
      code: 'WOULD_TRIGGER',
      message: `The market is at ${at.price}: the ${reached[0]} would close the trade at once. Close it instead.`,
    }
  );
}

/** Why nothing is done to a trade that is not open. */
export function notOpen(request: AdminRequest, state: TradeState): HttpAnswer {
  return conflict(request, `The trade is ${state}.`);
}
