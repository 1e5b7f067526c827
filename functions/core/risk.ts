import type { RiskLimits } from './configuration.ts';
import { absolute, add, compare, type Decimal, isZero, negate, sign, subtract, ZERO } from './decimal.ts';
import type { Reason } from './execution.ts';
import type { StrategyId } from './ids.ts';
import { isFinal, type Order, type OrderIntent } from './order.ts';
import { type Positions, positionIn } from './position.ts';
import { isProtective } from './protection.ts';

/** What was done on one day: orders sent, and profit or loss realized. */
export interface Figures {
  readonly orders: number;
  readonly realizedPnl: Decimal;
}

/** An account's figures of one day, its own and those of each strategy that traded there. */
export interface DailyFigures extends Figures {
  /** `YYYY-MM-DD` in the account's time zone. */
  readonly day: string;
  readonly strategies: Readonly<Record<StrategyId, Figures>>;
}

/** An order that is about to be decided on, and all that the limits look at. */
export interface RiskInput {
  readonly order: OrderIntent;
  readonly strategyId: StrategyId;
  readonly positions: Positions;
  /** The account's orders of earlier executions that may still fill; what of them is filled is in the positions. */
  readonly openOrders: readonly Order[];
  readonly accountLimits: RiskLimits;
  readonly strategyLimits: RiskLimits;
  /** The figures of the day that it is now: {@link figuresOn}. */
  readonly daily: DailyFigures;
}

const NO_FIGURES: Figures = { orders: 0, realizedPnl: ZERO };

/**
 * The figures to go on with on a day: those that are there, or none yet when they are of an earlier day. A day does
 * not go back, neither for a clock that lags behind at midnight nor for an account that moves to another time zone.
 *
 * @param day `YYYY-MM-DD` in the account's time zone
 */
export function figuresOn(daily: DailyFigures | undefined, day: string): DailyFigures {
  return daily !== undefined && daily.day >= day ? daily : { ...NO_FIGURES, day, strategies: {} };
}

/** The figures after a strategy did something more: the account's and the strategy's own. */
export function addFigures(daily: DailyFigures, strategyId: StrategyId, what: Figures): DailyFigures {
  const strategies = { ...daily.strategies, [strategyId]: sum(figuresOf(daily, strategyId), what) };
  return { ...daily, ...sum(daily, what), strategies };
}

/**
 * Why the limits of the account or of the strategy refuse an order; `undefined` when they do not.
 *
 * Only what opens, enlarges or turns a position is refused: whoever may not trade any more may still get out. The
 * strategy's limits are held against what the strategy itself did today, and its `maxPosition` against the
 * account's position, because positions are the account's and strategies share them.
 */
export function refuseByRisk(input: RiskInput): Reason | undefined {
  const before = positionIn(input.positions, input.order.symbol).quantity;
  const after = furthestPosition(input, before);
  if (input.order.reduceOnly || isShrunk(before, after)) {
    return undefined;
  }
  const { order, daily, strategyId, accountLimits, strategyLimits } = input;
  const what = { symbol: order.symbol, after, day: daily.day };
  return (
    refuseBy(accountLimits, { ...what, whose: 'account', figures: daily }) ??
    refuseBy(strategyLimits, { ...what, whose: 'strategy', figures: figuresOf(daily, strategyId) })
  );
}

/**
 * The position once the order and every open order that drives it in the same direction have filled. Not a stop-loss:
 * an order against its position cancels it first.
 */
function furthestPosition({ order, openOrders }: RiskInput, before: Decimal): Decimal {
  const change = openOrders
    .filter((open) => open.symbol === order.symbol && open.side === order.side)
    .filter((open) => !isProtective(open) && !isFinal(open))
    .reduce((total, open) => add(total, subtract(open.quantity, open.filledQuantity)), order.quantity);
  return add(before, order.side === 'buy' ? change : negate(change));
}

/** Whether the position only came closer to flat, and did not turn. */
function isShrunk(before: Decimal, after: Decimal): boolean {
  const isOnTheSameSide = isZero(after) || sign(after) === sign(before);
  return isOnTheSameSide && compare(absolute(after), absolute(before)) < 0;
}

function refuseBy(
  limits: RiskLimits,
  what: {
    readonly whose: 'account' | 'strategy';
    readonly symbol: string;
    readonly after: Decimal;
    readonly day: string;
    readonly figures: Figures;
  },
): Reason | undefined {
  const { maxDailyLoss, maxOrdersPerDay, maxPosition } = limits;
  const { whose, symbol, after, day, figures } = what;
  if (maxDailyLoss !== undefined && compare(negate(figures.realizedPnl), maxDailyLoss) >= 0) {
    const lost = negate(figures.realizedPnl);
    return {
      code: 'MAX_DAILY_LOSS',
      message: `The ${whose} lost ${lost} on ${day}; its limit is ${maxDailyLoss} a day.`,
    };
  }
  if (maxOrdersPerDay !== undefined && figures.orders >= maxOrdersPerDay) {
    return {
      code: 'MAX_ORDERS_PER_DAY',
      message: `The ${whose} sent ${figures.orders} orders on ${day}; its limit is ${maxOrdersPerDay} a day.`,
    };
  }
  if (maxPosition !== undefined && compare(absolute(after), maxPosition) > 0) {
    return {
      code: 'MAX_POSITION',
      message: `The position in ${symbol} could become ${after}; the ${whose}'s limit is ${maxPosition}.`,
    };
  }
  return undefined;
}

function figuresOf({ strategies }: DailyFigures, strategyId: StrategyId): Figures {
  // A strategy may be called `constructor`.
  return (Object.hasOwn(strategies, strategyId) ? strategies[strategyId] : undefined) ?? NO_FIGURES;
}

function sum(left: Figures, right: Figures): Figures {
  return {
    orders: left.orders + right.orders,
    realizedPnl: add(left.realizedPnl, right.realizedPnl),
  };
}
