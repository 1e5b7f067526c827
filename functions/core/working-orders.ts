import type { Books, OpenOrder } from './books.ts';
import { absolute, add, type Decimal, negate, sign, smaller, subtract, ZERO } from './decimal.ts';
import type { Order, Side } from './order.ts';
import { positionIn } from './position.ts';
import { isProtective } from './protection.ts';
import type { Signal, SignalAction } from './signal.ts';

/** On which side working entries contradict a signal: all of them when it says what is to be held. */
const CONTRADICTED_SIDES: Readonly<Record<SignalAction, readonly Side[]>> = {
  buy: ['sell'],
  sell: ['buy'],
  long: ['buy', 'sell'],
  short: ['buy', 'sell'],
  add: [],
  exit: ['buy', 'sell'],
  flatten: ['buy', 'sell'],
  reverse: ['buy', 'sell'],
  target: ['buy', 'sell'],
  cancel: ['buy', 'sell'],
};

/**
 * What of entries and exits works at the venue in a symbol. A stop-loss is none of it: it stays as long as there is a
 * position behind it. Neither is an order that the venue denied having.
 */
export function workingOrders({ openOrders }: Books, symbol: string): OpenOrder[] {
  return Object.values(openOrders).filter(
    ({ order, watchUntilMs }) =>
      order.symbol === symbol && !isProtective(order) && watchUntilMs === undefined,
  );
}

/** The working entries that a signal takes back: those to the other side, or all when it says what is to be held. */
export function contradictedBy(books: Books, { action, symbol }: Signal): OpenOrder[] {
  return workingOrders(books, symbol).filter(
    ({ order }) => !order.reduceOnly && CONTRADICTED_SIDES[action].includes(order.side),
  );
}

/** The working orders of a symbol that close its position, or turn it. */
export function workingAgainst(books: Books, symbol: string): Order[] {
  const { quantity } = positionIn(books.positions, symbol);
  const side: Side = sign(quantity) > 0 ? 'sell' : 'buy';
  const orders = workingOrders(books, symbol).map(({ order }) => order);
  return sign(quantity) === 0 ? [] : orders.filter((order) => order.side === side);
}

/**
 * The signed position once the orders working against it have filled. Whatever closes more of it is decided on this
 * (I8): two exits that are each right for what is held now would together open the opposite position.
 */
export function positionToCome(books: Books, symbol: string): Decimal {
  const { quantity } = positionIn(books.positions, symbol);
  const against = workingAgainst(books, symbol);
  const closing = smaller(open(against.filter(({ reduceOnly }) => reduceOnly)), absolute(quantity));
  const change = add(closing, open(against.filter(({ reduceOnly }) => !reduceOnly)));
  return subtract(quantity, sign(quantity) > 0 ? change : negate(change));
}

function open(orders: readonly Order[]): Decimal {
  return orders.reduce<Decimal>(
    (total, { quantity, filledQuantity }) => add(total, subtract(quantity, filledQuantity)),
    ZERO,
  );
}
