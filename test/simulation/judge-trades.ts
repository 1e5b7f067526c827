import type { Alert, AlertType } from '../../functions/core/alert.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  isZero,
  negate,
  subtract,
  ZERO,
} from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import { ONEFILL } from '../../functions/core/halt.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import type { Side } from '../../functions/core/order.ts';
import { type ProtectiveKind, protectiveKindOf } from '../../functions/core/protection.ts';
import type { EndedTrade, Trade } from '../../functions/core/trade.ts';
import type { AccountState } from '../../functions/ledger/shapes/account.ts';
import type { ModelLedger } from './model-table.ts';
import { isOpen, openOf, type VenueOrder } from './venue-order.ts';

/** Everything that says what an account's trades are, and what is kept at the venue for them. */
export interface TradeFacts {
  readonly account: AccountState;
  readonly ended: readonly EndedTrade[];
  readonly executions: readonly Execution[];
  /** The account's orders at the venue. */
  readonly orders: readonly VenueOrder[];
  readonly alerts: readonly Alert[];
  /** Whether the venue sees to it that orders only reduce. Where it does not, the last record of a trade stands. */
  readonly onlyReduces: boolean;
}

export type Claim = (holds: boolean, what: string) => void;

/** What people are told when a protective order, or one that closes its trade, may be at the venue. */
const UNKNOWN_ALERTS: readonly AlertType[] = ['PROTECTION_UNKNOWN', 'COMPENSATION_FAILED'];

/** A protective order that works at the venue. */
interface Leg {
  readonly executionId: string;
  readonly kind: ProtectiveKind;
  readonly order: VenueOrder;
}

/** What is recorded in the table of an account's executions and of its trades that are over. */
export function recordedIn({ ledger, items }: ModelLedger, accountId: AccountId) {
  const recorded = items(ledger.tableName);
  const under = (prefix: string) => recorded.filter(({ sk }) => String(sk).startsWith(prefix));
  const executions = under('EXECUTION#') as unknown as Execution[];
  const ended = under('TRADE#') as unknown as (EndedTrade & { readonly pk: string })[];
  return {
    executions: executions.filter((execution) => execution.accountId === accountId),
    ended: ended.filter(({ pk }) => pk === `ACCOUNT#${accountId}`),
  };
}

/**
 * Claims what must hold of an account at which nobody is at work: trades add up to positions, and to what the venue has
 * filled. What protects them there is theirs and no more than is held, and they are protected as they are to be.
 */
export function judgeTrades(facts: TradeFacts, claim: Claim): void {
  const trades = Object.values(facts.account.trades);
  judgeRecords(facts, trades, claim);
  const symbols = new Set([...facts.orders, ...trades, ...facts.ended].map(({ symbol }) => symbol));
  for (const symbol of symbols) {
    judgeSums(facts, symbol, claim);
  }
  const legs = workingLegs(facts);
  judgeLegs(facts, legs, claim);
  for (const trade of trades) {
    judgeProtection(facts, trade, legs, claim);
  }
}

/** A trade is open, or over and recorded as what it was, never both. */
function judgeRecords({ ended }: TradeFacts, trades: readonly Trade[], claim: Claim): void {
  for (const { executionId, openQuantity, openedQuantity, state } of ended) {
    const isBoth = trades.some((trade) => trade.executionId === executionId);
    claim(!isBoth, `the trade ${executionId} is open and over`);
    claim(isZero(openQuantity), `the trade ${executionId} is over and holds ${openQuantity}`);
    claim((state === 'CANCELED') === isZero(openedQuantity), `the trade ${executionId} is ${state}`);
  }
}

/** What was bought and sold is what trades opened and closed, each of them counted once. */
function judgeSums({ account, ended, orders, onlyReduces }: TradeFacts, symbol: string, claim: Claim): void {
  const all = [...Object.values(account.trades), ...ended].filter((trade) => trade.symbol === symbol);
  const open = sum(all.map(({ side, openQuantity }) => signed(side, openQuantity)));
  const position = account.positions[symbol]?.quantity ?? ZERO;
  claim(compare(open, position) === 0, `trades hold ${open} ${symbol} of ${position}`);
  for (const side of onlyReduces ? (['buy', 'sell'] as const) : []) {
    const filled = sum(
      orders
        .filter((order) => order.symbol === symbol && order.side === side)
        .map(({ filledQuantity }) => filledQuantity),
    );
    const traded = sum(
      all.map((trade) =>
        trade.side === side ? trade.openedQuantity : subtract(trade.openedQuantity, trade.openQuantity),
      ),
    );
    claim(
      compare(filled, traded) === 0,
      `trades say ${side} ${traded} ${symbol}, the venue filled ${filled}`,
    );
  }
}

function workingLegs({ orders, executions, account }: TradeFacts): Leg[] {
  const known = [
    ...executions.flatMap(({ executionId, orders: own }) => own.map((order) => ({ executionId, order }))),
    ...Object.values(account.openOrders),
  ];
  return orders.filter(isOpen).flatMap((order) => {
    const found = known.find((each) => each.order.clientOrderId === order.clientOrderId);
    const kind = found && protectiveKindOf(found.order);
    return kind ? [{ executionId: found.executionId, kind, order }] : [];
  });
}

/** No leg is left of a trade that is over, and none closes more than is held. */
function judgeLegs({ account }: TradeFacts, legs: readonly Leg[], claim: Claim): void {
  for (const { executionId, kind, order } of legs) {
    const trade = account.trades[executionId];
    claim(
      trade !== undefined && !isZero(trade.openQuantity),
      `a ${kind} of ${order.quantity} works for ${executionId}, which holds nothing`,
    );
    const alike = legs.filter((leg) => leg.kind === kind && leg.order.symbol === order.symbol);
    const closing = sum(alike.map((leg) => openOf(leg.order)));
    const held = account.positions[order.symbol]?.quantity ?? ZERO;
    claim(
      compare(closing, absolute(held)) <= 0,
      `the ${kind} orders close ${closing} ${order.symbol} of ${held}`,
    );
  }
}

/** C2: a trade has what is to protect it, for exactly what it holds, or somebody was told why not. */
function judgeProtection(facts: TradeFacts, trade: Trade, legs: readonly Leg[], claim: Claim): void {
  const { account, alerts, orders } = facts;
  const { executionId, openQuantity, protection, symbol, side } = trade;
  const isUnknown = Object.values(account.openOrders).some(
    (open) => open.executionId === executionId && open.order.status === 'UNKNOWN',
  );
  const isTold =
    isUnknown && alerts.some(({ type, subject }) => subject === executionId && UNKNOWN_ALERTS.includes(type));
  const isBeingClosed = orders.some(
    (order) =>
      isOpen(order) &&
      order.reduceOnly &&
      order.symbol === symbol &&
      order.side !== side &&
      !legs.some((leg) => leg.order === order),
  );
  if (isZero(openQuantity) || account.halt?.haltedBy === ONEFILL || isTold || isBeingClosed) {
    return;
  }
  const wanted: readonly [ProtectiveKind, unknown][] = [
    ['stop-loss', protection.stopLoss],
    ['take-profit', protection.takeProfit],
  ];
  for (const [kind, target] of wanted) {
    const covering = legs
      .filter((leg) => leg.executionId === executionId && leg.kind === kind)
      .map(({ order }) => openOf(order));
    const expected = target === undefined ? [] : [openQuantity];
    claim(
      covering.join(' and ') === expected.join(' and '),
      `${executionId} holds ${openQuantity} with a ${kind} of ${covering.join(' and ') || 'nothing'}`,
    );
  }
}

function sum(quantities: readonly Decimal[]): Decimal {
  return quantities.reduce<Decimal>((total, quantity) => add(total, quantity), ZERO);
}

function signed(side: Side, quantity: Decimal): Decimal {
  return side === 'buy' ? quantity : negate(quantity);
}
