import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import {
  applyOrderEvent,
  isFinal,
  type Order,
  type OrderEvent,
  type OrderStatus,
  orderFrom,
} from '../../functions/core/order.ts';
import {
  minus,
  over,
  plus,
  positiveDecimal,
  type Rational,
  rational,
  rationalOf,
  signOf,
  textOf,
  times,
} from '../core/rational.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

/**
 * What every event makes of every state, written down without a look at the code. A dot refuses the event. `+` is
 * the state with something filled, `part` a fill that leaves something open, `full` one that does not.
 */
const TABLE = `
                   sent     denied  accepted  part              full    rejected  lost     cancel-sent     cancel-refused    canceled  expired
INTENT             SENDING  DENIED  .         .                 .       .         .        .               .                 .         .
SENDING            SENDING  DENIED  NEW       PARTIALLY_FILLED  FILLED  REJECTED  UNKNOWN  .               .                 CANCELED  EXPIRED
UNKNOWN            SENDING  DENIED  NEW       PARTIALLY_FILLED  FILLED  REJECTED  UNKNOWN  .               .                 CANCELED  EXPIRED
NEW                .        .       .         PARTIALLY_FILLED  FILLED  REJECTED  .        PENDING_CANCEL  .                 CANCELED  EXPIRED
PARTIALLY_FILLED+  .        .       .         PARTIALLY_FILLED  FILLED  .         .        PENDING_CANCEL  .                 CANCELED  EXPIRED
PENDING_CANCEL     .        .       .         PENDING_CANCEL    FILLED  REJECTED  .        PENDING_CANCEL  NEW               CANCELED  EXPIRED
PENDING_CANCEL+    .        .       .         PENDING_CANCEL    FILLED  .         .        PENDING_CANCEL  PARTIALLY_FILLED  CANCELED  EXPIRED
`;

const [head = [], ...rows] = TABLE.trim()
  .split('\n')
  .map((line) => line.trim().split(/\s+/));
/** By state (with `+` when something is filled) and event. States that are not in the table refuse everything. */
const EXPECTED = new Map(
  rows.map(([state = '', ...cells]) => [state, new Map(head.map((event, index) => [event, cells[index]]))]),
);

/** The cells of the table that the schedules met. */
const met = new Set<string>();

/** An order as the reference keeps it: exact sums instead of a rounded average. */
interface Model {
  readonly status: OrderStatus;
  readonly quantity: Rational;
  readonly filled: Rational;
  readonly spent: Rational;
  readonly prices: readonly Rational[];
}

const NOTHING = rational(0n);

/** What the reference makes of an event; `undefined` when it must be refused. */
function expectedAfter(model: Model, event: OrderEvent): Model | undefined {
  const filled = event.kind === 'filled' ? plus(model.filled, rationalOf(event.quantity)) : model.filled;
  const open = signOf(minus(model.quantity, filled));
  if (event.kind === 'filled' && (signOf(rationalOf(event.quantity)) <= 0 || open < 0)) {
    return undefined;
  }
  const state = `${model.status}${signOf(model.filled) > 0 ? '+' : ''}`;
  const column = event.kind === 'filled' ? (open === 0 ? 'full' : 'part') : event.kind;
  met.add(`${state} ${column}`);
  const status = EXPECTED.get(state)?.get(column) ?? '.';
  if (status === '.') {
    return undefined;
  }
  if (event.kind !== 'filled') {
    return { ...model, status: status as OrderStatus };
  }
  const price = rationalOf(event.price);
  return {
    ...model,
    status: status as OrderStatus,
    filled,
    spent: plus(model.spent, times(rationalOf(event.quantity), price)),
    prices: [...model.prices, price],
  };
}

/** Each fill rounds the average once, at the 18th place; twelve must agree. */
const agrees = (left: Rational, right: Rational) => textOf(minus(left, right), 12) === '0';

function expectAgreement(order: Order, model: Model): void {
  expect(order.status).toBe(model.status);
  expect(order.filledQuantity).toBe(textOf(model.filled, 18));
  if (signOf(model.filled) === 0) {
    expect(order.averageFillPrice).toBeUndefined();
    return;
  }
  const average = rationalOf(order.averageFillPrice ?? '0');
  expect(agrees(average, over(model.spent, model.filled))).toBe(true);
  expect(model.prices.some((price) => signOf(minus(average, price)) >= 0)).toBe(true);
  expect(model.prices.some((price) => signOf(minus(price, average)) >= 0)).toBe(true);
}

/** Applies an event to both. What is refused changes nothing, and is not expected to do anything else. */
function step(order: Order, model: Model, event: OrderEvent): [Order, Model] {
  const expected = expectedAfter(model, event);
  if (expected === undefined) {
    expect(() => applyOrderEvent(order, event)).toThrow(
      expect.objectContaining({ code: 'ORDER_TRANSITION' }),
    );
    return [order, model];
  }
  expect(isFinal(order)).toBe(false);
  const after = applyOrderEvent(Object.freeze(order), event);
  expectAgreement(after, expected);
  return [after, expected];
}

/** The quantity of every order here, in units; fills are in units too, so that they often come out even. */
const UNITS = 8n;

const places = fc.integer({ min: 0, max: 18 });
const units = (count: bigint, scale: number): Decimal =>
  decimal(textOf(rational(count, 10n ** BigInt(scale)), 18));

const fill = fc.record({
  units: fc.bigInt({ min: -1n, max: UNITS + 1n }),
  price: fc.oneof(positiveDecimal(100_000, 8), positiveDecimal(3, 18)),
});

type Draft =
  | Exclude<OrderEvent, { kind: 'filled' }>
  | ({ readonly kind: 'filled' } & { units: bigint; price: Decimal });

const filledDraft: fc.Arbitrary<Draft> = fill.map((each) => ({ kind: 'filled', ...each }));
const REASON = 'because';

/** What we do to an order, what the venue tells of it, and what it answers to a cancel: three that know no order. */
const SOURCES: readonly fc.Arbitrary<Draft>[] = [
  fc.constantFrom<Draft>(
    { kind: 'sent' },
    { kind: 'sent' },
    { kind: 'lost', reason: REASON },
    { kind: 'denied', reason: REASON },
    { kind: 'cancel-sent' },
  ),
  fc.oneof(
    { weight: 3, arbitrary: filledDraft },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Draft>(
        { kind: 'accepted', brokerOrderId: 'B1' as BrokerOrderId },
        { kind: 'accepted', brokerOrderId: 'B1' as BrokerOrderId },
        { kind: 'rejected', reason: REASON },
        { kind: 'expired' },
      ),
    },
  ),
  fc.constantFrom<Draft>({ kind: 'cancel-sent' }, { kind: 'cancel-refused' }, { kind: 'canceled' }),
];

const lives = fc.tuple(...SOURCES.map((source) => fc.array(source, { maxLength: 7 })));

function eventOf(draft: Draft, scale: number): OrderEvent {
  return draft.kind === 'filled'
    ? { kind: 'filled', quantity: units(draft.units, scale), price: draft.price }
    : draft;
}

function begin(scale: number, isSent: boolean): [Order, Model] {
  const quantity = units(UNITS, scale);
  const intent = orderFrom({
    clientOrderId: 'of-property' as ClientOrderId,
    leg: 'entry',
    symbol: 'MNQM5',
    side: 'buy',
    type: 'market',
    quantity,
    timeInForce: 'day',
    reduceOnly: false,
  });
  const status = isSent ? 'SENDING' : 'INTENT';
  const model = {
    status,
    quantity: rationalOf(quantity),
    filled: NOTHING,
    spent: NOTHING,
    prices: [],
  } as const;
  return [isSent ? applyOrderEvent(intent, { kind: 'sent' }) : intent, model];
}

it(
  'an order goes through its states as the table says, whatever order the words about it arrive in',
  async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.scheduler(),
        lives,
        places,
        fc.boolean(),
        async (scheduler, sources, scale, isSent) => {
          let [order, model] = begin(scale, isSent);
          const told = sources.map(async (events) => {
            for (const draft of events) {
              await scheduler.schedule(Promise.resolve(), draft.kind);
              [order, model] = step(order, model, eventOf(draft, scale));
            }
          });
          await scheduler.waitFor(Promise.all(told));
        },
      ),
      runs(2_500),
    );
    // They go everywhere; else they would prove little.
    for (const [state, row] of EXPECTED) {
      expect([...row.keys()].filter((column) => !met.has(`${state} ${column}`))).toEqual([]);
    }
  },
  TIMEOUT_MS,
);
