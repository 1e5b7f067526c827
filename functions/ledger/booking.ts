import type { Books } from '../core/books.ts';
import { storedTrades } from './shapes/trade.ts';

/** What a holder enters into the account's books. */
export interface Booking {
  /** The books as the holder read them, and as they are to be. */
  readonly before: Books;
  readonly after: Books;
}

const EMPTY: Books = { positions: {}, openOrders: {}, daily: undefined, trades: {} };

/** For an execution that changes nothing in the books. */
export const NOTHING_BOOKED: Booking = { before: EMPTY, after: EMPTY };

/** The parts of an update: each assignment with the values it uses. */
export interface UpdateParts {
  readonly sets: Record<string, Record<string, unknown>>;
  readonly removes: string[];
  readonly names: Record<string, string>;
  readonly values: Record<string, unknown>;
}

/** Only what changed is written, so that an account with many symbols costs no more than one with few. */
export function bookingOf({ before, after }: Booking): UpdateParts {
  const parts: UpdateParts = { sets: {}, removes: [], names: {}, values: {} };
  const changed = Object.entries(after.positions).filter(([symbol, now]) => before.positions[symbol] !== now);
  for (const [index, [symbol, position]] of changed.entries()) {
    parts.names[`#symbol${index}`] = symbol;
    parts.sets[`positions.#symbol${index} = :position${index}`] = { [`:position${index}`]: position };
  }
  if (after.openOrders !== before.openOrders) {
    if (Object.keys(after.openOrders).length > 0) {
      parts.sets['openOrders = :openOrders'] = { ':openOrders': after.openOrders };
    } else if (Object.keys(before.openOrders).length > 0) {
      parts.removes.push('openOrders');
    }
  }
  if (after.trades !== before.trades) {
    if (Object.keys(after.trades).length > 0) {
      parts.sets['trades = :trades'] = { ':trades': storedTrades(after.trades) };
    } else if (Object.keys(before.trades).length > 0) {
      parts.removes.push('trades');
    }
  }
  if (after.daily !== undefined && after.daily !== before.daily) {
    parts.sets['daily = :daily'] = { ':daily': after.daily };
  }
  return parts;
}

/** The update expression of some assignments and removals. */
export function expressionOf(sets: UpdateParts['sets'], removes: readonly string[]): string {
  const assignments = Object.keys(sets);
  return [
    ...(assignments.length > 0 ? [`SET ${assignments.join(', ')}`] : []),
    ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
  ].join(' ');
}
