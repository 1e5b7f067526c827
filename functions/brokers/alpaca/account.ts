import * as z from 'zod/mini';
import { add, type Decimal, negate, sign, ZERO } from '../../core/decimal.ts';
import { OnefillError } from '../../core/errors.ts';
import type { BrokerOrder, EquityOutcome, PositionsOutcome } from '../broker.ts';
import { amount, readOrder, toBrokerOrder } from './orders.ts';
import { type AlpacaAnswer, type Ask, unknownFrom } from './wire.ts';

const positionsShape = z.array(
  z.object({
    symbol: z.string(),
    qty: amount,
    side: z.optional(z.string()),
    asset_class: z.optional(z.string()),
  }),
);
type Position = z.output<typeof positionsShape>[number];

const accountShape = z.object({ equity: amount });
const listShape = z.array(z.unknown());

/** As many orders as Alpaca lists at once. */
const ORDERS_MAX = 500;

/** What crypto is priced in, the longer names first. */
const QUOTE = /(?:USDT|USDC|USD|BTC)$/;

export async function positions(ask: Ask): Promise<PositionsOutcome> {
  const answer = await ask({ method: 'GET', path: '/v2/positions' });
  const read = readAs(positionsShape, answer);
  if (read === undefined) {
    return unknownFrom(answer);
  }
  const quantities = new Map<string, Decimal>();
  for (const position of read) {
    const symbol = symbolOf(position);
    quantities.set(symbol, add(quantities.get(symbol) ?? ZERO, signed(position)));
  }
  return { kind: 'positions', quantities: Object.fromEntries(quantities) };
}

export async function equity(ask: Ask): Promise<EquityOutcome> {
  const answer = await ask({ method: 'GET', path: '/v2/account' });
  const read = readAs(accountShape, answer);
  return read === undefined ? unknownFrom(answer) : { kind: 'equity', equity: read.equity };
}

/**
 * The newest orders, each order of a pair by itself. What Onefill has no words for, such as an option spread, is left out.
 *
 * @throws OnefillError `VENUE_UNAVAILABLE` when Alpaca does not say
 */
export async function orders(ask: Ask, limit: number): Promise<BrokerOrder[]> {
  const query = new URLSearchParams({
    status: 'all',
    limit: String(Math.min(limit, ORDERS_MAX)),
    direction: 'desc',
  });
  const answer = await ask({ method: 'GET', path: `/v2/orders?${query}` });
  const read = readAs(listShape, answer);
  if (read === undefined) {
    throw new OnefillError('VENUE_UNAVAILABLE', 'retry', unknownFrom(answer).message);
  }
  return read.flatMap((order) => {
    const held = readOrder(order);
    return held === undefined ? [] : [toBrokerOrder(held)];
  });
}

function readAs<Value>(shape: z.ZodMiniType<Value>, answer: AlpacaAnswer): Value | undefined {
  if (answer.kind !== 'answer' || answer.status !== 200) {
    return undefined;
  }
  const parsed = z.safeParse(shape, answer.body);
  return parsed.success ? parsed.data : undefined;
}

/** A short position is negative, whether Alpaca says so by sign or by side. */
function signed({ qty, side }: Position): Decimal {
  return side === 'short' && sign(qty) > 0 ? negate(qty) : qty;
}

/** Alpaca shows positions in crypto as `BTCUSD` and takes their orders as `BTC/USD`, which is what the books have. */
function symbolOf({ symbol, asset_class }: Position): string {
  return asset_class === 'crypto' && !symbol.includes('/') ? symbol.replace(QUOTE, '/$&') : symbol;
}
