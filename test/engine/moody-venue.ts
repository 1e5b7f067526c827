import type { Broker, BrokerOrder, LookupOutcome, PlaceOutcome } from '../../functions/brokers/broker.ts';
import { decimal, isZero } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import { CAPABLE } from '../support/capable.ts';

/** Where a venue is not as good as it could be. Numbers count calls of their kind from 1. */
export interface Moods {
  /** Of an entry only so much is filled; the rest works until it is cancelled. */
  readonly fills?: number;
  /** @default 100 */
  readonly price?: number;
  /** What becomes of an order instead of being taken. */
  readonly place?: (intent: OrderIntent, number: number) => PlaceOutcome | undefined;
  /** What is said about an order instead of how it stands. */
  readonly lookup?: (clientOrderId: ClientOrderId, number: number) => LookupOutcome | undefined;
  /** Whether a cancel is passed over. */
  readonly ignoresCancel?: (number: number) => boolean;
}

/** A venue in memory: market orders fill at once, stop orders rest, except where it is in a mood. */
export function moodyVenue(moods: Moods = {}) {
  const orders = new Map<ClientOrderId, BrokerOrder>();
  const calls: string[] = [];
  const count = (name: string): number => {
    calls.push(name);
    return calls.filter((call) => call === name).length;
  };
  const broker: Broker = {
    clientOrderIdGuarantee: 'PERMANENT',
    capabilities: CAPABLE,
    place: async (intent) => {
      const number = count('place');
      const mood = moods.place?.(intent, number);
      if (mood) {
        return mood;
      }
      const known = orders.get(intent.clientOrderId);
      const order = known ?? taken(intent, moods, orders.size);
      orders.set(intent.clientOrderId, order);
      return { kind: 'accepted', order };
    },
    lookup: async ({ clientOrderId: id }) => {
      const number = count('lookup');
      const mood = moods.lookup?.(id, number);
      const order = orders.get(id);
      return mood ?? (order ? { kind: 'found', order } : { kind: 'absent' });
    },
    cancel: async ({ clientOrderId: id }) => {
      const number = count('cancel');
      const order = orders.get(id);
      const isIgnored = moods.ignoresCancel?.(number) === true;
      if (!isIgnored && (order?.status === 'NEW' || order?.status === 'PARTIALLY_FILLED')) {
        orders.set(id, { ...order, status: 'CANCELED' });
      }
      return { kind: 'accepted' };
    },
    positions: async () => ({ kind: 'positions', quantities: {} }),
    equity: async () => ({ kind: 'equity', equity: decimal(100_000) }),
    orders: async () => [...orders.values()],
  };
  return {
    broker,
    calls,
    /** Every order as `side type quantity status filled`. */
    orders: () =>
      [...orders.values()].map(({ side, type, quantity, status, filledQuantity }) =>
        [side, type, quantity, status, filledQuantity].join(' '),
      ),
  };
}

function taken(intent: OrderIntent, { fills, price = 100 }: Moods, number: number): BrokerOrder {
  const { clientOrderId, symbol, side, type, quantity, reduceOnly } = intent;
  const rests = type === 'stop' ? 0 : fills;
  const filledQuantity = rests === undefined || (reduceOnly && type !== 'stop') ? quantity : decimal(rests);
  return {
    brokerOrderId: `moody-${number}` as BrokerOrderId,
    clientOrderId,
    symbol,
    side,
    type,
    ...(intent.type === 'stop' ? { stopPrice: intent.stopPrice } : {}),
    quantity,
    status: statusOf(filledQuantity, quantity),
    filledQuantity,
    ...(isZero(filledQuantity) ? {} : { averageFillPrice: decimal(price) }),
    createdAtMs: number,
  };
}

function statusOf(filled: string, quantity: string): BrokerOrder['status'] {
  if (filled === quantity) {
    return 'FILLED';
  }
  return filled === '0' ? 'NEW' : 'PARTIALLY_FILLED';
}
