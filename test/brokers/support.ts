import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { Broker, BrokerOrder, OcoPair } from '../../functions/brokers/broker.ts';
import { createBroker } from '../../functions/brokers/create-broker.ts';
import { type PaperBook, postPrice } from '../../functions/brokers/paper/book.ts';
import {
  type ClientOrderIdGuarantee,
  DEFAULT_ACCOUNT_LIMITS,
  type PaperAccount,
  type RehearsalFault,
  type Simulation,
} from '../../functions/core/configuration.ts';
import { add, type Decimal, decimal, negate, ZERO } from '../../functions/core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import type { OrderIntent } from '../../functions/core/order.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { NO_VENUES } from '../support/no-venues.ts';

/** A clock that only the test moves. */
export class VenueClock {
  private nowMs = Date.parse('2026-11-22T10:00:00.000Z');

  now = (): number => this.nowMs;

  advance(durationMs: number): void {
    this.nowMs += durationMs;
  }
}

/** A paper venue on an account of its own. */
export interface PaperVenue {
  readonly broker: Broker;
  readonly book: PaperBook;
  readonly clock: VenueClock;
  /** The same account through another ledger, or with other faults: another process that calls the same venue. */
  readonly through: (ledger: Ledger, faults?: readonly RehearsalFault[]) => Broker;
  readonly post: (price: number, symbol?: string) => Promise<void>;
}

/** What an account says of its venue beside its guarantee and its faults. */
type PaperChanges = Partial<Pick<PaperAccount, 'cash' | 'instruments'>> &
  Partial<Pick<Simulation, 'oco' | 'leverage' | 'session'>>;

let accounts = 0;

export function paperVenue(
  ledger: Ledger,
  guarantee: ClientOrderIdGuarantee = 'PERMANENT',
  faults: readonly RehearsalFault[] = [],
  { cash = decimal(100_000), instruments, ...changes }: PaperChanges = {},
): PaperVenue {
  accounts += 1;
  const accountId = `paper-${accounts}` as AccountId;
  const clock = new VenueClock();
  const through = (its: Ledger, itsFaults: readonly RehearsalFault[] = []) =>
    createBroker(
      {
        accountId,
        broker: 'paper',
        enabled: true,
        cash,
        ...(instruments && { instruments }),
        simulation: { latencyMs: 0, guarantee, oco: 'native', faults: itsFaults, ...changes },
        limits: DEFAULT_ACCOUNT_LIMITS,
      },
      { ...its, ...NO_VENUES, clock },
    );
  const book = { ...ledger, accountId };
  return {
    broker: through(ledger, faults),
    book,
    clock,
    through,
    post: (price, symbol = 'MNQM5') => postPrice(book, symbol, decimal(price)),
  };
}

/** The first call of a kind meets the fault. */
export const first = (kind: RehearsalFault['kind'], on: RehearsalFault['on']): RehearsalFault => ({
  kind,
  on,
  when: { type: 'nth', nth: 1 },
});

export const ID = 'of-the-test' as ClientOrderId;

export const idOf = (name: string | number): ClientOrderId => `of-${name}` as ClientOrderId;

/** How the venue is asked about an order. */
export const ref = (clientOrderId: ClientOrderId, symbol = 'MNQM5') => ({ clientOrderId, symbol });

type IntentChanges = Partial<Pick<OrderIntent, 'clientOrderId' | 'symbol' | 'side' | 'reduceOnly'>> & {
  readonly quantity?: number | string;
};

const termsOf = ({ quantity = 3, ...changes }: IntentChanges) => ({
  clientOrderId: ID,
  leg: 'entry',
  symbol: 'MNQM5',
  side: 'buy' as const,
  quantity: decimal(quantity),
  timeInForce: 'day' as const,
  reduceOnly: false,
  ...changes,
});

/** A market order to buy 3 at 100, or what is said instead; with the price `null` it names none. */
export function market(changes: IntentChanges & { readonly price?: number | null } = {}): OrderIntent {
  const { price = 100, ...others } = changes;
  const terms = { ...termsOf(others), type: 'market' } as const;
  return price === null ? terms : { ...terms, referencePrice: decimal(price) };
}

/** A stop order to sell 3 at 95, or what is said instead. */
export function stop(changes: IntentChanges & { readonly stopPrice?: number } = {}): OrderIntent {
  const { stopPrice = 95, ...others } = changes;
  return { ...termsOf({ side: 'sell', ...others }), type: 'stop', stopPrice: decimal(stopPrice) };
}

/** A limit order to buy 3 at 95, or what is said instead. */
export function limit(
  changes: IntentChanges & { readonly limitPrice?: number; readonly price?: number } = {},
): OrderIntent {
  const { limitPrice = 95, price, ...others } = changes;
  const terms = { ...termsOf(others), type: 'limit', limitPrice: decimal(limitPrice) } as const;
  return price === undefined ? terms : { ...terms, referencePrice: decimal(price) };
}

const [PROFIT, LOSS] = [idOf('profit'), idOf('loss')];

/** A pair that sells 3: at 110 with a profit, or at 95 with a loss. */
export function pair(changes: IntentChanges = {}): OcoPair {
  const terms = { side: 'sell', reduceOnly: true, ...changes } as const;
  return {
    takeProfit: { ...limit({ ...terms, limitPrice: 110, clientOrderId: PROFIT }), oco: LOSS },
    stopLoss: { ...stop({ ...terms, clientOrderId: LOSS }), oco: PROFIT },
  };
}

/** Places a pair, at a venue that takes pairs. */
export function placePair(broker: Broker, placed: OcoPair = pair()) {
  if (!broker.placeOco) {
    throw new Error('This venue takes no pairs.');
  }
  return broker.placeOco(placed);
}

/** What the venue holds for the account, in short: oldest first. */
export async function held(venue: PaperVenue): Promise<string[]> {
  const orders = await venue.broker.orders(1_000);
  return orders.toReversed().map(({ status, filledQuantity }) => `${status} ${filledQuantity}`);
}

/** The position that the venue tells, and the one that its orders add up to: they must agree. */
export async function positions(venue: PaperVenue, symbol = 'MNQM5') {
  const outcome = await venue.broker.positions();
  const told = outcome.kind === 'positions' ? (outcome.quantities[symbol] ?? ZERO) : outcome.message;
  return { told, summed: sumOf(await venue.broker.orders(1_000), symbol) };
}

function sumOf(orders: readonly BrokerOrder[], symbol: string): Decimal {
  return orders
    .filter((order) => order.symbol === symbol)
    .map(({ side, filledQuantity }) => (side === 'buy' ? filledQuantity : negate(filledQuantity)))
    .reduce(add, ZERO);
}

type Send = (command: unknown) => Promise<unknown>;

/** A ledger whose every call goes through a function. */
export function intercepted(
  ledger: Ledger,
  intercept: (command: unknown, send: Send) => Promise<unknown>,
): Ledger {
  const send: Send = (command) =>
    ledger.client.send(command as Parameters<DynamoDBDocumentClient['send']>[0]) as Promise<unknown>;
  const client = new Proxy(ledger.client, {
    get: (target, property) =>
      property === 'send' ? (command: unknown) => intercept(command, send) : Reflect.get(target, property),
  });
  return { ...ledger, client };
}

/** A ledger whose calls are counted: how many, and how many rounds of them one after the other. */
export function countingCalls(ledger: Ledger) {
  let calls = 0;
  let rounds = 0;
  let inFlight = 0;
  const counted = intercepted(ledger, async (command, send) => {
    calls += 1;
    rounds += inFlight === 0 ? 1 : 0;
    inFlight += 1;
    return send(command).finally(() => {
      inFlight -= 1;
    });
  });
  return { ledger: counted, calls: () => calls, rounds: () => rounds };
}
