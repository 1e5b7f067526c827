import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Broker, OcoPair } from '../../functions/brokers/broker.ts';
import { createBroker } from '../../functions/brokers/create-broker.ts';
import { postPrice } from '../../functions/brokers/paper/book.ts';
import {
  CLIENT_ORDER_ID_GUARANTEES,
  OCO_KINDS,
  type RehearsalFault,
} from '../../functions/core/configuration.ts';
import { decimal, isZero } from '../../functions/core/decimal.ts';
import type { AccountId, ClientOrderId } from '../../functions/core/ids.ts';
import {
  ORDER_TYPES,
  type OrderIntent,
  type OrderPricing,
  type Side,
  TIMES_IN_FORCE,
} from '../../functions/core/order.ts';
import { NO_VENUES } from '../support/no-venues.ts';
import { scaled } from '../support/scale.ts';
import { accountOf, rehearsing, TestClock } from '../support/world.ts';
import { modelLedger } from './model-table.ts';
import { modelVenue, type VenueFault } from './model-venue.ts';

const ACCOUNT = 'one' as AccountId;
const SYMBOL = 'MNQM5';
const TIMEOUT_MS = scaled(60_000, 600_000);

const ids = fc.integer({ min: 1, max: 12 }).map((number) => `of${number}` as ClientOrderId);
const prices = fc.integer({ min: 95, max: 105 }).map((price) => decimal(price));
const PRICINGS = {
  market: fc.constant({ type: 'market' } as const),
  limit: prices.map((limitPrice) => ({ type: 'limit', limitPrice }) as const),
  stop: prices.map((stopPrice) => ({ type: 'stop', stopPrice }) as const),
  stop_limit: fc
    .tuple(prices, prices)
    .map(([stopPrice, limitPrice]) => ({ type: 'stop_limit', stopPrice, limitPrice }) as const),
  trailing_stop: fc.constantFrom<OrderPricing>(
    { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(2) } },
    { type: 'trailing_stop', trail: { type: 'percent', percent: decimal(2) } },
  ),
} satisfies Readonly<Record<OrderPricing['type'], fc.Arbitrary<OrderPricing>>>;

const pricings: fc.Arbitrary<OrderPricing> = fc.oneof(...ORDER_TYPES.map((type) => PRICINGS[type]));
const terms = fc.record({
  leg: fc.constant('entry'),
  symbol: fc.constant(SYMBOL),
  clientOrderId: ids,
  side: fc.constantFrom<Side>('buy', 'sell'),
  quantity: fc.constantFrom(decimal(2), decimal(4)),
  timeInForce: fc.constantFrom(...TIMES_IN_FORCE),
  reduceOnly: fc.boolean(),
});
const intents: fc.Arbitrary<OrderIntent> = fc
  .tuple(terms, pricings, fc.option(prices, { nil: undefined }))
  .map(([each, pricing, referencePrice]) => ({
    ...each,
    ...pricing,
    ...(pricing.type === 'market' && referencePrice ? { referencePrice } : {}),
  }));
const pairs: fc.Arbitrary<OcoPair> = fc
  .tuple(terms, PRICINGS.limit, ids, fc.oneof(PRICINGS.stop, PRICINGS.stop_limit, PRICINGS.trailing_stop))
  .filter(([{ clientOrderId }, , other]) => other !== clientOrderId)
  .map(([each, limit, other, stop]) => {
    const both = { ...each, timeInForce: 'gtc', reduceOnly: true } as const;
    return {
      takeProfit: { ...both, ...limit, oco: other },
      stopLoss: { ...both, ...stop, clientOrderId: other, oco: each.clientOrderId },
    };
  });

/** What is asked of a venue, and how it is told to misbehave. */
const commands = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ call: fc.constant('place' as const), intent: intents, isHalved: chance() }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ call: fc.constant('pair' as const), pair: pairs, isHalved: chance() }),
  },
  { weight: 2, arbitrary: fc.record({ call: fc.constant('cancel' as const), id: ids, isLate: chance() }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('lookup' as const), id: ids }) },
  { weight: 4, arbitrary: fc.record({ call: fc.constant('move' as const), price: prices }) },
  { weight: 1, arbitrary: fc.record({ call: fc.constant('wait' as const) }) },
);
type Command = typeof commands extends fc.Arbitrary<infer Each> ? Each : never;

function chance(): fc.Arbitrary<boolean> {
  return fc.integer({ min: 1, max: 5 }).map((number) => number === 1);
}

const venues = fc.record({
  guarantee: fc.constantFrom(...CLIENT_ORDER_ID_GUARANTEES),
  oco: fc.constantFrom(...OCO_KINDS),
});

/** How a venue is told to misbehave with a command: the model, and the paper venue. */
function faultsOf(command: Command): readonly [VenueFault | undefined, readonly RehearsalFault[]] {
  if ('isHalved' in command && command.isHalved && !isStop(command)) {
    const partial = { on: 'place', kind: 'partial-fill', when: { type: 'always' } } as const;
    return [{ kind: 'partial-fill', share: decimal('0.5') }, [partial]];
  }
  if ('isLate' in command && command.isLate) {
    return [{ kind: 'fills-first' }, [{ on: 'cancel', kind: 'late-fill', when: { type: 'always' } }]];
  }
  return [undefined, []];
}

/** A stop order that filled in part goes on as a market order; at the paper venue it waits for its stop again. */
function isStop(command: Command): boolean {
  return command.call === 'place' && !['market', 'limit'].includes(command.intent.type);
}

/** What a caller is told of a command. */
async function outcomeOf(broker: Broker, command: Command): Promise<unknown> {
  switch (command.call) {
    case 'place':
      return broker.place(command.intent);
    case 'pair':
      return broker.placeOco?.(command.pair);
    case 'cancel':
      return broker.cancel({ clientOrderId: command.id, symbol: SYMBOL });
    case 'lookup':
      return broker.lookup({ clientOrderId: command.id, symbol: SYMBOL });
    default:
      return undefined;
  }
}

/** What is compared: not the venue's own numbers and words. */
function comparable(outcome: unknown): unknown {
  return JSON.parse(
    JSON.stringify(outcome ?? null, (key, value: unknown) =>
      key === 'brokerOrderId' || key === 'code' || key === 'message' ? undefined : value,
    ),
  );
}

/** Everything that a venue has of the account. */
async function stateOf(broker: Broker) {
  const orders = await broker.orders(1_000);
  const held = await broker.positions();
  const quantities = held.kind === 'positions' ? Object.values(held.quantities) : [];
  return {
    orders: orders.map((order) => JSON.stringify(comparable(order), Object.keys(order).sort())).sort(),
    held: quantities.filter((quantity) => !isZero(quantity)),
  };
}

/** Gives the model and the paper venue the same commands. */
async function expectSame(
  { guarantee, oco }: typeof venues extends fc.Arbitrary<infer Each> ? Each : never,
  given: readonly Command[],
): Promise<void> {
  const clock = new TestClock();
  const { ledger } = modelLedger();
  let fault: VenueFault | undefined;
  const model = modelVenue({ clock, guarantee, oco, script: () => fault });
  const paperWith = (faults: readonly RehearsalFault[]) =>
    createBroker(accountOf(ACCOUNT, { simulation: rehearsing(faults, { guarantee, oco }) }), {
      ...ledger,
      ...NO_VENUES,
      clock,
    });
  for (const command of [{ call: 'move', price: decimal(100) } as const, ...given]) {
    const [ofModel, ofPaper] = faultsOf(command);
    fault = ofModel;
    clock.advance(command.call === 'wait' ? 60_000 : 1);
    if (command.call === 'move') {
      model.movePrice(SYMBOL, command.price);
      await postPrice({ ...ledger, accountId: ACCOUNT }, SYMBOL, command.price);
    }
    const expected = comparable(await outcomeOf(paperWith(ofPaper), command));
    expect(comparable(await outcomeOf(model.broker(ACCOUNT), command))).toEqual(expected);
    fault = undefined;
    expect(await stateOf(model.broker(ACCOUNT))).toEqual(await stateOf(paperWith([])));
  }
}

it(
  'the model of a venue does as the paper venue does, whatever is asked of it',
  async () => {
    await fc.assert(fc.asyncProperty(venues, fc.array(commands, { maxLength: 25 }), expectSame), {
      numRuns: scaled(100, 10_000),
    });
  },
  TIMEOUT_MS,
);
