import * as z from 'zod/mini';
import type { Decimal } from '../../core/decimal.ts';
import type { ClientOrderId } from '../../core/ids.ts';
import type { OrderIntent } from '../../core/order.ts';
import { acceptedOrder } from '../accepted-order.ts';
import type { BrokerOrder, LookupOutcome } from '../broker.ts';
import { amount, type Holding, sumByCurrency } from './amounts.ts';
import type { Call, CcxtRequest } from './call.ts';
import type { Canceled, Dialect, Named, Pair, Placed } from './dialect.ts';
import { type Held, idOf, orderShape, shownAll } from './kraken-orders.ts';
import { type Known, learn } from './learn.ts';

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
  const request = signed('AddOrder', {
    pair: idOf(pair),
    type: intent.side,
    volume: intent.quantity,
    cl_ord_id: shortId(intent.clientOrderId),
    ...pricingOf(intent),
  });
  const asked = await call.ask(request, placedShape);
  if (asked.kind !== 'answer') {
    return asked;
  }
  const [brokerOrderId = ''] = asked.answer.result.txid;
  return { kind: 'accepted', order: acceptedOrder(intent, brokerOrderId, call.nowMs()) };
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
async function lookup(call: Call, named: Named): Promise<LookupOutcome> {
  const parameters = { cl_ord_id: shortId(named.clientOrderId) };
  const open = await learn(call, signed('OpenOrders', parameters), openShape, ({ result }) =>
    newest(result.open, named),
  );
  if (open.kind === 'unknown') {
    return open;
  }
  if (open.value !== undefined) {
    return { kind: 'found', order: open.value };
  }
  const closed = await learn(call, signed('ClosedOrders', parameters), closedShape, ({ result }) =>
    newest(result.closed, named),
  );
  if (closed.kind === 'unknown') {
    return closed;
  }
  return closed.value === undefined ? { kind: 'absent' } : { kind: 'found', order: closed.value };
}

/** The newest order with the beginning of the id, shown with all of it. */
function newest(
  held: Readonly<Record<string, Held>>,
  { clientOrderId, pair }: Named,
): BrokerOrder | undefined {
  const [order] = shownAll(held, [pair])
    .filter((each) => each.clientOrderId === shortId(clientOrderId))
    .toSorted((left, right) => right.createdAtMs - left.createdAtMs);
  return order && { ...order, clientOrderId };
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

function balances(call: Call): Promise<Known<ReadonlyMap<string, Decimal>>> {
  return learn(call, signed('BalanceEx'), balancesShape, async ({ result }) => {
    const held = Object.entries(result).map(
      async ([id, { balance }]): Promise<Holding> => [
        await call.currencyOf(id.replace(EARNING, '')),
        balance,
      ],
    );
    return sumByCurrency(await Promise.all(held));
  });
}

async function price(call: Call, pair: Pair): Promise<Known<Decimal>> {
  const request: CcxtRequest = {
    api: 'public',
    method: 'GET',
    path: 'Ticker',
    parameters: { pair: idOf(pair) },
  };
  const known = await learn(call, request, tickerShape, ({ result }) => Object.values(result)[0]?.c[0]);
  if (known.kind === 'unknown') {
    return known;
  }
  return known.value === undefined ? call.unreadable() : { kind: 'known', value: known.value };
}

/** Open orders, and the fifty that ended last: more are on further pages. */
async function orders(call: Call, pairs: readonly Pair[]): Promise<Known<readonly BrokerOrder[]>> {
  const open = await learn(call, signed('OpenOrders'), openShape, ({ result }) => result.open);
  return open.kind === 'unknown'
    ? open
    : learn(call, signed('ClosedOrders'), closedShape, ({ result }) =>
        shownAll({ ...open.value, ...result.closed }, pairs),
      );
}
