import { expect } from 'vitest';
import type { BrokerOrder } from '../../../functions/brokers/broker.ts';
import { type Decimal, decimal, divide, multiply, ZERO } from '../../../functions/core/decimal.ts';
import { type ClientOrderId, clientOrderIdOf, type ExecutionId } from '../../../functions/core/ids.ts';
import type { OrderIntent, OrderReference } from '../../../functions/core/order.ts';
import type { VenueCall, VenueFault, VenueUnderTest } from './venue-under-test.ts';

/**
 * One acceptance case. Every venue runs every case; what it declares decides what has to come out, never whether it
 * is asked.
 */
export interface ContractCase {
  /** Never given to another case. */
  readonly id: string;
  /** What holds when it passes. */
  readonly says: string;
  /** Which declaration decides the outcome; absent: it is the same for all. */
  readonly decidedBy?: 'guarantee' | 'order types' | 'times in force' | 'pairs';
  readonly check: (venue: VenueUnderTest) => Promise<void>;
}

/** Cases of one subject. */
export interface CaseGroup {
  readonly title: string;
  readonly cases: readonly ContractCase[];
}

/** The client order id that a case calls by a name: as long as ours are, and the same every time. */
export const idOf = (name: string): ClientOrderId => clientOrderIdOf('of-the-contract' as ExecutionId, name);

/** How a venue is asked about an order. */
export const refTo = ({ clientOrderId, symbol, oco, brokerOrderId }: OrderReference): OrderReference => ({
  clientOrderId,
  symbol,
  ...(oco === undefined ? {} : { oco }),
  ...(brokerOrderId === undefined ? {} : { brokerOrderId }),
});

/** Moves the market. */
export const post = (venue: VenueUnderTest, price: number): Promise<void> => venue.post(decimal(price));

/** So many units of what the venue trades. */
export const quantityOf = (venue: VenueUnderTest, units: number): Decimal =>
  multiply(venue.unit, decimal(units));

/** What a case says otherwise than the usual order. */
interface Changes {
  readonly name?: string;
  readonly units?: number;
  readonly side?: 'buy' | 'sell';
  readonly timeInForce?: OrderIntent['timeInForce'];
  readonly reduceOnly?: boolean;
}

const FAR_BELOW = decimal(90);
const FAR_ABOVE = decimal(110);

/** A market order to buy four units, or what is said instead. */
export function market(venue: VenueUnderTest, changes: Changes = {}): OrderIntent {
  return { ...termsOf(venue, changes), type: 'market' };
}

/** A limit order, at 90 unless another price is said. */
export function limit(venue: VenueUnderTest, changes: Changes & { price?: number } = {}): OrderIntent {
  const { price = 90, ...others } = changes;
  return { ...termsOf(venue, others), type: 'limit', limitPrice: decimal(price) };
}

/** An order to buy that rests while the market is at 100: a limit order at 90, or where there is none a stop at 110. */
export function resting(venue: VenueUnderTest, changes: Changes = {}): OrderIntent {
  const terms = termsOf(venue, changes);
  return venue.broker.capabilities.orderTypes.includes('limit')
    ? { ...terms, type: 'limit', limitPrice: FAR_BELOW }
    : { ...terms, type: 'stop', stopPrice: FAR_ABOVE };
}

/** Moves the market to where a resting order fills. */
export function reach(venue: VenueUnderTest, order: OrderIntent): Promise<void> {
  return venue.post(order.type === 'limit' ? FAR_BELOW : FAR_ABOVE);
}

function termsOf(venue: VenueUnderTest, { name = 'order', units = 4, ...changes }: Changes) {
  const { timesInForce } = venue.broker.capabilities;
  return {
    clientOrderId: idOf(name),
    leg: 'entry',
    symbol: venue.symbol,
    side: 'buy' as const,
    quantity: quantityOf(venue, units),
    timeInForce: timesInForce.includes('day') ? ('day' as const) : ('gtc' as const),
    reduceOnly: false,
    ...changes,
  };
}

/** An outcome in short: its kind, and what tells it from others of that kind; quantities in units. */
export function short(
  venue: VenueUnderTest,
  outcome:
    | { readonly kind: string }
    | { readonly kind: string; readonly code: string }
    | { readonly kind: string; readonly cause: string }
    | { readonly kind: string; readonly order: BrokerOrder },
): string {
  if ('order' in outcome) {
    return `${outcome.kind} ${stateOf(venue, outcome.order)}`;
  }
  if ('code' in outcome) {
    return `${outcome.kind} ${outcome.code}`;
  }
  return 'cause' in outcome ? `${outcome.kind} ${outcome.cause}` : outcome.kind;
}

/** An order in short, for example `PARTIALLY_FILLED 2`, in units. */
function stateOf(
  { unit }: VenueUnderTest,
  { status, filledQuantity }: Pick<BrokerOrder, 'status' | 'filledQuantity'>,
): string {
  return `${status} ${divide(filledQuantity, unit)}`;
}

/** What the venue holds, in short, oldest first. */
export async function held(venue: VenueUnderTest): Promise<string[]> {
  return (await venue.held()).map((order) => stateOf(venue, order));
}

/** The venue is asked about an order and tells how it stands, where it can be asked at all. */
export async function expectFound(
  venue: VenueUnderTest,
  order: OrderReference,
  state: string,
): Promise<void> {
  const expected = venue.broker.clientOrderIdGuarantee === 'NONE' ? 'absent' : `found ${state}`;
  expect(short(venue, await venue.broker.lookup(refTo(order)))).toBe(expected);
}

/** The position that the venue tells, in units. */
export async function position(venue: VenueUnderTest): Promise<string> {
  const outcome = await venue.broker.positions();
  return outcome.kind === 'positions'
    ? divide(outcome.quantities[venue.symbol] ?? ZERO, venue.unit)
    : short(venue, outcome);
}

/** Places an order that has to be accepted. */
export async function accepted(venue: VenueUnderTest, intent: OrderIntent): Promise<BrokerOrder> {
  const outcome = await venue.broker.place(intent);
  if (outcome.kind !== 'accepted') {
    throw new Error(`The venue was to accept the order: ${JSON.stringify(outcome)}`);
  }
  return outcome.order;
}

/** With the market at 100, an order that the venue has accepted: one that rests, or another. */
export async function placed(venue: VenueUnderTest, order = resting(venue)): Promise<OrderIntent> {
  await post(venue, 100);
  await accepted(venue, order);
  return order;
}

/** The same, and half of it is filled at once where the venue can do that. */
export function filledInPart(venue: VenueUnderTest, order: OrderIntent): Promise<OrderIntent> {
  venue.meet('place', 'partial-fill');
  return placed(venue, order);
}

/** What a call has to come to that meets a fault, and what where the venue has no such fault. */
export function whenMet<Expected>(
  venue: VenueUnderTest,
  [call, fault]: readonly [VenueCall, VenueFault],
  expected: Expected,
  otherwise: Expected,
): Expected {
  return venue.meet(call, fault) ? expected : otherwise;
}

/** The faults that leave a caller without an answer, with the cause that it names, and whether the call was done. */
export const UNANSWERED: readonly {
  readonly fault: VenueFault;
  readonly cause: 'unavailable' | 'connection' | 'timeout';
  readonly isDone: boolean;
  readonly what: string;
}[] = [
  { fault: 'unavailable', cause: 'unavailable', isDone: false, what: 'a 503 before it was done' },
  { fault: 'unavailable-after-accept', cause: 'unavailable', isDone: true, what: 'a 503 after it was done' },
  { fault: 'reset', cause: 'connection', isDone: false, what: 'a connection reset before it was done' },
  {
    fault: 'reset-after-accept',
    cause: 'connection',
    isDone: true,
    what: 'a connection reset after it was done',
  },
  { fault: 'timeout', cause: 'timeout', isDone: false, what: 'no answer before it was done' },
  { fault: 'timeout-after-accept', cause: 'timeout', isDone: true, what: 'no answer after it was done' },
  { fault: 'malformed', cause: 'unavailable', isDone: true, what: 'an answer that cannot be read' },
];

/** A fault that meets a call, and what comes of it. */
export interface FaultRow {
  readonly id: string;
  readonly fault: VenueFault;
  readonly says: string;
  /** How the outcome begins, and whether the call was done. */
  readonly outcome: string;
  readonly isDone: boolean;
}

/** Every fault that keeps a call from being answered as it should be, a case each. */
export function faultRows(
  letter: string,
  firstNumber: number,
  says: {
    readonly refused: string;
    readonly limited: string;
    readonly unanswered: (fault: string) => string;
  },
): readonly FaultRow[] {
  const rows: readonly Omit<FaultRow, 'id'>[] = [
    { fault: 'reject', says: says.refused, outcome: 'rejected', isDone: false },
    { fault: 'rate-limit', says: says.limited, outcome: 'busy', isDone: false },
    ...UNANSWERED.map(({ fault, cause, isDone, what }) => ({
      fault,
      says: says.unanswered(what),
      outcome: `unknown ${cause}`,
      isDone,
    })),
  ];
  return rows.map((row, index) => ({
    id: `${letter}${String(firstNumber + index).padStart(2, '0')}`,
    ...row,
  }));
}
