import type { Clock } from '../../core/clock.ts';
import type { CcxtAccount, CcxtExchange } from '../../core/configuration.ts';
import { add, compare, type Decimal, isZero, multiply, ZERO } from '../../core/decimal.ts';
import { OnefillError } from '../../core/errors.ts';
import { TIMING } from '../../core/lease.ts';
import type { OrderIntent, OrderReference } from '../../core/order.ts';
import type {
  Broker,
  BrokerOrder,
  CancelOutcome,
  EquityOutcome,
  LookupOutcome,
  PlaceOutcome,
  PositionsOutcome,
} from '../broker.ts';
import { refuseUnsupported } from '../unsupported.ts';
import type { VenueAccess } from '../venue-access.ts';
import { BINANCE } from './binance.ts';
import { beginCall, type Call } from './call.ts';
import { COINBASE } from './coinbase.ts';
import type { Dialect, Pair } from './dialect.ts';
import { asUnknown, type Refused, unclear } from './errors.ts';
import { CCXT_FACTS } from './facts.ts';
import { KRAKEN } from './kraken.ts';
import { loadExchange } from './load-exchange.ts';

const DIALECTS: Readonly<Record<CcxtExchange, Dialect>> = {
  binance: BINANCE,
  coinbase: COINBASE,
  kraken: KRAKEN,
};

/** One account at an exchange. */
interface Venue {
  readonly exchange: CcxtExchange;
  readonly dialect: Dialect;
  /** By symbol. */
  readonly pairs: ReadonlyMap<string, Pair>;
}

/**
 * The spot market of an exchange that ccxt speaks to: there are no short positions, and no pairs of orders, because what an
 * open order would sell is reserved.
 *
 * ccxt signs, sends and names errors. What is sent and how the answer is read is here, one dialect per exchange: ccxt's
 * unified calls load all markets first, round amounts, and replace ids.
 *
 * @param timeoutMs for one call of the port, however many requests it takes
 */
export function createCcxtBroker(
  account: Pick<CcxtAccount, 'exchange' | 'environment' | 'credentials' | 'symbols'>,
  { fetch, credentials, endpoints, clock }: Omit<VenueAccess, 'tradovateMemory'> & { readonly clock: Clock },
  timeoutMs: number = TIMING.brokerTimeoutMs,
): Broker {
  const { exchange, environment } = account;
  const dialect = DIALECTS[exchange];
  const endpoint = endpoints.ccxt;
  const urls = endpoint === undefined ? {} : { urls: dialect.urlsAt(endpoint) };
  const begin = () =>
    beginCall({
      exchange,
      words: dialect.words,
      clock,
      load: () => loadExchange({ exchange, environment, ...urls }, clock),
      fetch,
      credentials,
      credentialsName: account.credentials,
      timeoutMs,
    });
  const venue: Venue = { exchange, dialect, pairs: pairsOf(account.symbols) };
  return {
    ...CCXT_FACTS[exchange],
    place: async (intent) => refuse(venue, intent) ?? place(venue, begin(), intent),
    lookup: (order) => lookup(venue, begin(), order),
    cancel: (order) => cancel(venue, begin(), order),
    positions: () => positions(venue, begin()),
    equity: () => equity(venue, begin()),
    orders: (limit) => orders(venue, begin(), limit),
  };
}

function pairsOf(symbols: CcxtAccount['symbols']): ReadonlyMap<string, Pair> {
  return new Map(
    Object.entries(symbols).map(([symbol, name]) => {
      const [base = '', quote = ''] = name.split('/');
      return [symbol, { symbol, base, quote }];
    }),
  );
}

function refuse(
  { dialect, exchange }: Venue,
  intent: OrderIntent,
): Extract<PlaceOutcome, { kind: 'rejected' }> | undefined {
  const message = dialect.refusalOf(intent);
  return (
    refuseUnsupported(CCXT_FACTS[exchange].capabilities, intent) ??
    (message === undefined ? undefined : { kind: 'rejected', code: 'UNSUPPORTED', message })
  );
}

function unknownSymbol(exchange: CcxtExchange, symbol: string) {
  const message = `The account does not say what ${symbol} is at ${exchange}: its symbols do.`;
  return { kind: 'rejected', code: 'UNKNOWN_SYMBOL', message } as const;
}

/** Sends an order once. One that is refused may have been accepted earlier under the same id: the exchange is asked. */
async function place(
  { dialect, pairs, exchange }: Venue,
  call: Call,
  intent: OrderIntent,
): Promise<PlaceOutcome> {
  const pair = pairs.get(intent.symbol);
  if (pair === undefined) {
    return unknownSymbol(exchange, intent.symbol);
  }
  const placed = await dialect.place(call, intent, pair);
  if (placed.kind !== 'refused') {
    return placed;
  }
  if (placed.reason === 'unauthorized') {
    return rejected(placed);
  }
  const earlier = await dialect.lookup(call, { clientOrderId: intent.clientOrderId, pair });
  switch (earlier.kind) {
    case 'absent':
      // An id that is taken has an order, whatever a lookup says.
      return placed.reason === 'taken' ? call.unreadable() : rejected(placed);
    case 'unknown':
      return earlier;
    case 'found':
      return isSame(intent, earlier.order)
        ? { kind: 'accepted', order: earlier.order }
        : {
            kind: 'rejected',
            code: 'CLIENT_ORDER_ID_TAKEN',
            message: `${exchange} has another order under this client order id.`,
          };
  }
}

function isSame(intent: OrderIntent, order: BrokerOrder): boolean {
  return (
    order.side === intent.side && order.type === intent.type && compare(order.quantity, intent.quantity) === 0
  );
}

function rejected({ code, message }: Refused): Extract<PlaceOutcome, { kind: 'rejected' }> {
  return { kind: 'rejected', code, message };
}

async function lookup(
  { dialect, pairs, exchange }: Venue,
  call: Call,
  order: OrderReference,
): Promise<LookupOutcome> {
  const pair = pairs.get(order.symbol);
  // The account's symbols were changed since: nobody knows where to look.
  return pair === undefined ? unclear(exchange) : dialect.lookup(call, { ...order, pair });
}

async function cancel(
  { dialect, pairs, exchange }: Venue,
  call: Call,
  order: OrderReference,
): Promise<CancelOutcome> {
  const pair = pairs.get(order.symbol);
  if (pair === undefined) {
    return unclear(exchange);
  }
  const canceled = await dialect.cancel(call, { ...order, pair });
  if (canceled.kind !== 'refused') {
    return canceled;
  }
  // Credentials that may not cancel say nothing of the order.
  return canceled.reason === 'unauthorized' ? asUnknown(exchange, canceled) : rejected(canceled);
}

/** What is held of each base currency, reserved by open orders or not. */
async function positions({ dialect, pairs }: Venue, call: Call): Promise<PositionsOutcome> {
  const balances = await dialect.balances(call);
  if (balances.kind === 'unknown') {
    return balances;
  }
  const held = heldIn(pairs, balances.value).map(({ pair, quantity }) => [pair.symbol, quantity]);
  return { kind: 'positions', quantities: Object.fromEntries(held) };
}

/** What is held of the quote currency, and of the base currencies at their last prices. */
async function equity({ dialect, pairs }: Venue, call: Call): Promise<EquityOutcome> {
  const balances = await dialect.balances(call);
  if (balances.kind === 'unknown') {
    return balances;
  }
  const [first] = pairs.values();
  let sum = balances.value.get(first?.quote ?? '') ?? ZERO;
  for (const { pair, quantity } of heldIn(pairs, balances.value)) {
    const price = await dialect.price(call, pair);
    if (price.kind === 'unknown') {
      return price;
    }
    sum = add(sum, multiply(quantity, price.value));
  }
  return { kind: 'equity', equity: sum };
}

function heldIn(
  pairs: ReadonlyMap<string, Pair>,
  balances: ReadonlyMap<string, Decimal>,
): readonly { readonly pair: Pair; readonly quantity: Decimal }[] {
  return [...pairs.values()]
    .map((pair) => ({ pair, quantity: balances.get(pair.base) ?? ZERO }))
    .filter(({ quantity }) => !isZero(quantity));
}

/** @throws OnefillError `VENUE_UNAVAILABLE` when the exchange does not say */
async function orders({ dialect, pairs }: Venue, call: Call, limit: number): Promise<BrokerOrder[]> {
  const known = await dialect.orders(call, [...pairs.values()], limit);
  if (known.kind === 'unknown') {
    throw new OnefillError('VENUE_UNAVAILABLE', 'retry', known.message);
  }
  return known.value.toSorted((left, right) => right.createdAtMs - left.createdAtMs).slice(0, limit);
}
