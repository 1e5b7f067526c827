import * as z from 'zod/mini';
import { type Decimal, ZERO } from '../../core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../core/ids.ts';
import type { OrderIntent } from '../../core/order.ts';
import type { BrokerOrder, LookupOutcome } from '../broker.ts';
import { amount, type Holding, sumByCurrency } from './amounts.ts';
import type { Call, CcxtRequest } from './call.ts';
import type { Canceled, Dialect, Known, Named, Pair, Placed } from './dialect.ts';
import { asUnknown } from './errors.ts';
import { type Held, idOf, orderShape, shownAll } from './kraken-orders.ts';

/** Kraken's spot market. https://docs.kraken.com/api */
export const KRAKEN: Dialect = {
  // Its services (EService, EDatabase, EGeneral:Internal error) say that they failed, and not at what.
  words: {
    taken: /cl_ord_id|client order id/i,
    refused: /"E(?:Order|Query|Trade|Funding):|"EGeneral:Invalid/,
    unauthorized: /"EAPI:Invalid signature/,
  },
  urlsAt: (endpoint) => ({ public: endpoint, private: endpoint }),
  refusalOf: () => undefined,
  place,
  lookup,
  cancel,
  balances,
  price,
  orders,
};

/** Free text as an id has at most this many characters; the rest of ours would have to look like a UUID. */
const CLIENT_ORDER_ID_CHARACTERS_MAX = 18;

/** What earns rewards by itself, for example `XBT.F`, is traded as the currency itself. */
const EARNING = /\.F$/;

const heldById = z.record(z.string(), orderShape);
const openShape = z.object({ result: z.object({ open: heldById }) });
const closedShape = z.object({ result: z.object({ closed: heldById }) });
const balancesShape = z.object({ result: z.record(z.string(), z.object({ balance: amount })) });
const tickerShape = z.object({ result: z.record(z.string(), z.object({ c: z.array(amount) })) });
const placedShape = z.object({ result: z.object({ txid: z.array(z.string()).check(z.minLength(1)) }) });

/** An id as Kraken takes it: its beginning, which is 80 bits of a hash and as good as all of it for one account. */
const shortId = (clientOrderId: ClientOrderId): string =>
  clientOrderId.slice(0, CLIENT_ORDER_ID_CHARACTERS_MAX);

const signed = (path: string, parameters: Readonly<Record<string, unknown>> = {}): CcxtRequest => ({
  api: 'private',
  method: 'POST',
  path,
  parameters,
});

async function place(call: Call, intent: OrderIntent, pair: Pair): Promise<Placed> {
  const { clientOrderId, symbol, side, type, quantity } = intent;
  const request = signed('AddOrder', {
    pair: idOf(pair),
    type: side,
    volume: quantity,
    cl_ord_id: shortId(clientOrderId),
    ...pricingOf(intent),
  });
  const asked = await call.ask(request, placedShape);
  if (asked.kind !== 'answer') {
    return asked;
  }
  const [brokerOrderId = ''] = asked.answer.result.txid;
  // Kraken says that it has the order, and not how it stands.
  const order: BrokerOrder = {
    brokerOrderId: brokerOrderId as BrokerOrderId,
    clientOrderId,
    symbol,
    side,
    type,
    ...('limitPrice' in intent ? { limitPrice: intent.limitPrice } : {}),
    ...('stopPrice' in intent ? { stopPrice: intent.stopPrice } : {}),
    ...('trail' in intent ? { trail: intent.trail } : {}),
    quantity,
    status: 'NEW',
    filledQuantity: ZERO,
    createdAtMs: call.nowMs(),
  };
  return { kind: 'accepted', order };
}

function pricingOf(intent: OrderIntent): Readonly<Record<string, unknown>> {
  const timeinforce = intent.timeInForce.toUpperCase();
  switch (intent.type) {
    case 'market':
      return { ordertype: 'market' };
    case 'limit':
      return { ordertype: 'limit', price: intent.limitPrice, timeinforce };
    case 'stop':
      return { ordertype: 'stop-loss', price: intent.stopPrice };
    case 'stop_limit':
      return {
        ordertype: 'stop-loss-limit',
        price: intent.stopPrice,
        price2: intent.limitPrice,
        timeinforce,
      };
    case 'trailing_stop':
      return {
        ordertype: 'trailing-stop',
        price: intent.trail.type === 'percent' ? `+${intent.trail.percent}%` : `+${intent.trail.amount}`,
      };
  }
}

/** Asks for open orders first: one that ends between the two questions is in the second answer. */
async function lookup(call: Call, { clientOrderId, pair }: Named): Promise<LookupOutcome> {
  const parameters = { cl_ord_id: shortId(clientOrderId) };
  const open = await call.ask(signed('OpenOrders', parameters), openShape);
  if (open.kind !== 'answer') {
    return asUnknown(call.exchange, open);
  }
  const working = newest(open.answer.result.open, parameters.cl_ord_id, pair);
  if (working !== undefined) {
    return { kind: 'found', order: { ...working, clientOrderId } };
  }
  const closed = await call.ask(signed('ClosedOrders', parameters), closedShape);
  if (closed.kind !== 'answer') {
    return asUnknown(call.exchange, closed);
  }
  const ended = newest(closed.answer.result.closed, parameters.cl_ord_id, pair);
  return ended === undefined ? { kind: 'absent' } : { kind: 'found', order: { ...ended, clientOrderId } };
}

function newest(held: Readonly<Record<string, Held>>, id: string, pair: Pair): BrokerOrder | undefined {
  return shownAll(held, [pair])
    .filter(({ clientOrderId }) => clientOrderId === id)
    .toSorted((left, right) => right.createdAtMs - left.createdAtMs)[0];
}

async function cancel(call: Call, { clientOrderId }: Named): Promise<Canceled> {
  const request = signed('CancelOrder', { cl_ord_id: shortId(clientOrderId) });
  const asked = await call.ask(request, z.object({ result: z.object({ count: z.number() }) }));
  if (asked.kind !== 'answer') {
    return asked;
  }
  return asked.answer.result.count > 0
    ? { kind: 'accepted' }
    : {
        kind: 'refused',
        reason: 'absent',
        code: 'ORDER_NOT_FOUND',
        message: 'Kraken had nothing to cancel.',
      };
}

async function balances(call: Call): Promise<Known<ReadonlyMap<string, Decimal>>> {
  const asked = await call.ask(signed('BalanceEx'), balancesShape);
  if (asked.kind !== 'answer') {
    return asUnknown(call.exchange, asked);
  }
  const held = Object.entries(asked.answer.result).map(
    async ([id, { balance }]): Promise<Holding> => [await call.currencyOf(id.replace(EARNING, '')), balance],
  );
  return { kind: 'known', value: sumByCurrency(await Promise.all(held)) };
}

async function price(call: Call, pair: Pair): Promise<Known<Decimal>> {
  const request: CcxtRequest = {
    api: 'public',
    method: 'GET',
    path: 'Ticker',
    parameters: { pair: idOf(pair) },
  };
  const asked = await call.ask(request, tickerShape);
  const [ticker] = asked.kind === 'answer' ? Object.values(asked.answer.result) : [];
  const last = ticker?.c[0];
  if (last !== undefined) {
    return { kind: 'known', value: last };
  }
  return asked.kind === 'answer' ? call.unreadable() : asUnknown(call.exchange, asked);
}

/** Open orders, and the fifty that ended last: more are on further pages. */
async function orders(call: Call, pairs: readonly Pair[]): Promise<Known<readonly BrokerOrder[]>> {
  const open = await call.ask(signed('OpenOrders'), openShape);
  if (open.kind !== 'answer') {
    return asUnknown(call.exchange, open);
  }
  const closed = await call.ask(signed('ClosedOrders'), closedShape);
  return closed.kind === 'answer'
    ? {
        kind: 'known',
        value: shownAll({ ...open.answer.result.open, ...closed.answer.result.closed }, pairs),
      }
    : asUnknown(call.exchange, closed);
}
