import type { Broker, BrokerOrder, PlaceOutcome, UnknownOutcome } from '../../../functions/brokers/broker.ts';
import type { ClientOrderIdGuarantee } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../../functions/core/ids.ts';
import { ORDER_TYPES, type OrderIntent } from '../../../functions/core/order.ts';
import { TIMES_IN_FORCE } from '../../../functions/core/signal.ts';
import { FakeExchange, type FillBehavior, type Taken, type TakenPair } from '../fakes/exchange.ts';
import { type ExchangeOrder, isOpen } from '../fakes/exchange-order.ts';
import { UNANSWERED } from './contract-case.ts';
import type { VenueCall, VenueFault, VenueUnderTest } from './venue-under-test.ts';

const SYMBOL = 'MNQM5';
const REJECTED = { kind: 'rejected', code: 'RULE', message: 'The venue refuses.' } as const;
const BUSY = { kind: 'busy', retryAfterMs: 1, message: 'The venue is busy.' } as const;

/** The fake exchange, talked to without a wire: an adapter that does all that the contract wants, for any class. */
export async function makeExchangeVenue(guarantee: ClientOrderIdGuarantee): Promise<VenueUnderTest> {
  const exchange = new FakeExchange();
  const faults: { readonly call: VenueCall; readonly fault: VenueFault }[] = [];
  const take = (call: VenueCall): VenueFault | undefined => {
    const index = faults.findIndex((each) => each.call === call);
    return index < 0 ? undefined : faults.splice(index, 1)[0]?.fault;
  };
  return {
    broker: exchangeBroker(exchange, guarantee, take),
    symbol: SYMBOL,
    unit: decimal('0.5'),
    secrets: [],
    post: async (price) => exchange.post(SYMBOL, price),
    meet: (call, fault) => faults.push({ call, fault }) > 0,
    held: async () => exchange.orders,
    close: async () => undefined,
  };
}

function exchangeBroker(
  exchange: FakeExchange,
  guarantee: ClientOrderIdGuarantee,
  take: (call: VenueCall) => VenueFault | undefined,
): Broker {
  /** The order that an id stands for, if it may not be used for another one. */
  const taken = ({ clientOrderId }: OrderIntent): ExchangeOrder | undefined => {
    const [first] = exchange.byClientOrderId(clientOrderId);
    const holds = { PERMANENT: true, WINDOW: true, OPEN_ONLY: first !== undefined && isOpen(first) };
    return guarantee in holds && holds[guarantee as keyof typeof holds] ? first : undefined;
  };
  const enter = (intent: OrderIntent, fills: FillBehavior): Taken => {
    const order = taken(intent);
    return order ? { kind: 'taken', order } : exchange.place(intent, fills);
  };
  const enterPair = (first: OrderIntent, second: OrderIntent, fills: FillBehavior): TakenPair => {
    const orders = [taken(first), taken(second)] as const;
    return orders[0] && orders[1]
      ? { kind: 'taken', orders: [orders[0], orders[1]] }
      : exchange.placePair(first, second, fills);
  };
  return {
    clientOrderIdGuarantee: guarantee,
    capabilities: { orderTypes: ORDER_TYPES, timesInForce: TIMES_IN_FORCE, oco: 'native', reduceOnly: false },
    place: async (intent) =>
      placed(take('place'), (fills) => {
        const entry = enter(intent, fills);
        return entry.kind === 'taken' ? { kind: 'accepted', order: shown(entry.order) } : REJECTED;
      }),
    placeOco: async ({ takeProfit, stopLoss }) =>
      placed(take('place'), (fills) => {
        const entry = enterPair(takeProfit, stopLoss, fills);
        return entry.kind === 'taken'
          ? { kind: 'accepted', takeProfit: shown(entry.orders[0]), stopLoss: shown(entry.orders[1]) }
          : REJECTED;
      }),
    async lookup({ clientOrderId }) {
      const [order] = exchange.byClientOrderId(clientOrderId);
      return asked(take('lookup'), () =>
        order && guarantee !== 'NONE'
          ? { kind: 'found', order: shown(exchange.inquire(order)) }
          : { kind: 'absent' },
      );
    },
    cancel: async ({ clientOrderId }) =>
      placed(take('cancel'), (fills) => {
        const open = exchange.byClientOrderId(clientOrderId).filter(isOpen);
        return open
          .map((order) => exchange.cancel(order, fills === 'late' ? fills : undefined))
          .includes(true)
          ? { kind: 'accepted' }
          : REJECTED;
      }),
    positions: async () =>
      asked(take('positions'), () => ({
        kind: 'positions',
        quantities: Object.fromEntries(exchange.positions),
      })),
    equity: async () => ({ kind: 'equity', equity: exchange.equity() }),
    orders: async (limit) => exchange.orders.toReversed().slice(0, limit).map(shown),
  };
}

/** What a call comes to that does something, done or not as its fault says. */
function placed<Done>(
  fault: VenueFault | undefined,
  act: (fills: FillBehavior) => Done,
): Done | Exclude<PlaceOutcome, { kind: 'accepted' }> {
  switch (fault) {
    case 'reject':
      return REJECTED;
    case 'rate-limit':
      return BUSY;
    case 'partial-fill':
      return act('partial');
    case 'late-fill':
      return act('late');
    default:
      return asked(fault, () => act('at-once'));
  }
}

/** What a call comes to that asks, or whose answer is missing. */
function asked<Answer>(fault: VenueFault | undefined, act: () => Answer): Answer | UnknownOutcome {
  if (fault === undefined) {
    return act();
  }
  const { cause = 'unavailable', isDone = false } = UNANSWERED.find((each) => each.fault === fault) ?? {};
  if (isDone) {
    act();
  }
  return { kind: 'unknown', cause, message: `The venue rehearses ${fault}.` };
}

function shown(order: ExchangeOrder): BrokerOrder {
  const { id, clientOrderId, symbol, side, type, quantity, status, filledQuantity, createdAtMs } = order;
  const { limitPrice, stopPrice, averageFillPrice } = order;
  return {
    brokerOrderId: id as BrokerOrderId,
    clientOrderId: clientOrderId as ClientOrderId,
    symbol,
    side,
    type,
    quantity,
    status,
    filledQuantity,
    createdAtMs,
    ...(limitPrice === undefined ? {} : { limitPrice }),
    ...(stopPrice === undefined ? {} : { stopPrice }),
    ...(averageFillPrice === undefined ? {} : { averageFillPrice }),
  };
}
