import { expect } from 'vitest';
import { compare, decimal } from '../../../../functions/core/decimal.ts';
import {
  ORDER_TYPES,
  type OrderIntent,
  type OrderPricing,
  type OrderType,
  TIMES_IN_FORCE,
} from '../../../../functions/core/order.ts';
import {
  accepted,
  type CaseGroup,
  type ContractCase,
  expectFound,
  held,
  idOf,
  market,
  placed,
  position,
  post,
  quantityOf,
  resting,
  short,
} from '../contract-case.ts';
import type { VenueUnderTest } from '../venue-under-test.ts';

/** How an order to sell what was bought at 100 is priced, where the market then goes, and what it must get at least. */
interface TypeRow {
  readonly id: string;
  readonly pricing: OrderPricing;
  readonly says: string;
  /** It rests while the market is here. */
  readonly rests: readonly number[];
  readonly fillsAt: number;
  readonly atLeast: number;
}

const TYPES: Readonly<Record<Exclude<OrderType, 'market'>, TypeRow>> = {
  limit: {
    id: 'P04',
    pricing: { type: 'limit', limitPrice: decimal(110) },
    says: 'a limit order rests until the market is at its price, and gets it or better',
    rests: [100, 109],
    fillsAt: 110,
    atLeast: 110,
  },
  stop: {
    id: 'P05',
    pricing: { type: 'stop', stopPrice: decimal(95) },
    says: 'a stop order rests until the market is at its price, and then trades',
    rests: [100, 110, 96],
    fillsAt: 95,
    atLeast: 95,
  },
  stop_limit: {
    id: 'P06',
    pricing: { type: 'stop_limit', stopPrice: decimal(95), limitPrice: decimal(92) },
    says: 'a stop-limit order rests until the market is at its stop, and trades no worse than its limit',
    rests: [100, 96, 90],
    fillsAt: 93,
    atLeast: 92,
  },
  trailing_stop: {
    id: 'P07',
    pricing: { type: 'trailing_stop', trail: { type: 'percent', percent: decimal(10) } },
    says: 'a trailing stop follows the market up and trades when it falls by the distance',
    rests: [100, 120, 109],
    fillsAt: 108,
    atLeast: 108,
  },
};

/** An order to sell four units. Some venues want to be told where a trailing stop begins. */
const exit = (venue: VenueUnderTest, pricing: OrderPricing): OrderIntent => ({
  ...market(venue, { name: 'exit', side: 'sell' }),
  referencePrice: decimal(100),
  ...pricing,
});

async function checkType(venue: VenueUnderTest, row: TypeRow): Promise<void> {
  await post(venue, 100);
  await accepted(venue, market(venue));
  const isTrailing = row.pricing.type === 'trailing_stop' && venue.trail !== undefined;
  const order = exit(venue, isTrailing ? { type: 'trailing_stop', trail: venue.trail } : row.pricing);
  if (!venue.broker.capabilities.orderTypes.includes(order.type)) {
    expect(short(venue, await venue.broker.place(order))).toBe('rejected UNSUPPORTED');
    expect(await held(venue)).toEqual(['FILLED 4']);
    return;
  }
  expect(await accepted(venue, order)).toMatchObject({ type: order.type, status: 'NEW' });
  for (const price of row.rests) {
    await post(venue, price);
    expect(await held(venue), `at ${price}`).toEqual(['FILLED 4', 'NEW 0']);
  }
  await post(venue, row.fillsAt);
  await expectFound(venue, order, 'FILLED 4');
  expect(await held(venue)).toEqual(['FILLED 4', 'FILLED 4']);
  const got = (await venue.broker.orders(1))[0]?.averageFillPrice ?? decimal(0);
  expect(compare(got, decimal(row.atLeast))).toBeGreaterThanOrEqual(0);
  expect(await position(venue)).toBe('0');
}

const types: readonly ContractCase[] = ORDER_TYPES.filter((type) => type !== 'market').map((type) => ({
  id: TYPES[type].id,
  says: `${TYPES[type].says}; where there is none, it is refused by name`,
  decidedBy: 'order types',
  check: (venue) => checkType(venue, TYPES[type]),
}));

const times: readonly ContractCase[] = TIMES_IN_FORCE.map((timeInForce, index) => ({
  id: `P${String(8 + index).padStart(2, '0')}`,
  says: `an order that is good for ${timeInForce} is taken, or refused by name`,
  decidedBy: 'times in force',
  async check(venue) {
    await post(venue, 100);
    const isTaken = venue.broker.capabilities.timesInForce.includes(timeInForce);
    const outcome = await venue.broker.place(resting(venue, { timeInForce }));
    if (!isTaken) {
      expect(short(venue, outcome)).toBe('rejected UNSUPPORTED');
      expect(await held(venue)).toEqual([]);
      return;
    }
    expect(outcome.kind).toBe('accepted');
    const rests = timeInForce === 'day' || timeInForce === 'gtc';
    expect(await held(venue)).toEqual([expect.stringMatching(rests ? /^NEW 0$/ : /^(CANCELED|EXPIRED) 0$/)]);
  },
}));

export const PLACE: CaseGroup = {
  title: 'place',
  cases: [
    {
      id: 'P01',
      says: 'a market order is accepted once and fills at the price of the market',
      async check(venue) {
        const order = await placed(venue, market(venue));
        await expectFound(venue, order, 'FILLED 4');
        expect(await held(venue)).toEqual(['FILLED 4']);
        expect((await venue.broker.orders(1))[0]?.averageFillPrice).toBe('100');
      },
    },
    {
      id: 'P02',
      says: 'an order that is accepted is the one that was sent',
      async check(venue) {
        await post(venue, 100);
        const order = resting(venue);
        const { brokerOrderId, ...shown } = await accepted(venue, order);
        expect(brokerOrderId).not.toBe('');
        expect(shown).toMatchObject({
          clientOrderId: order.clientOrderId,
          symbol: venue.symbol,
          side: 'buy',
          type: order.type,
          quantity: quantityOf(venue, 4),
          status: 'NEW',
          filledQuantity: '0',
          ...(order.type === 'limit' ? { limitPrice: '90' } : { stopPrice: '110' }),
        });
      },
    },
    {
      id: 'P03',
      says: 'orders with different ids are different orders, even at once',
      async check(venue) {
        await post(venue, 100);
        const names = ['one', 'two', 'three'];
        const orders = await Promise.all(names.map((name) => accepted(venue, resting(venue, { name }))));
        expect(orders.map(({ clientOrderId }) => clientOrderId)).toEqual(names.map(idOf));
        expect(new Set(orders.map(({ brokerOrderId }) => brokerOrderId)).size).toBe(3);
        expect(await held(venue)).toEqual(['NEW 0', 'NEW 0', 'NEW 0']);
      },
    },
    ...types,
    ...times,
    {
      id: 'P12',
      says: 'an order that may only shrink a position does so and opens none',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, market(venue));
        await accepted(venue, market(venue, { name: 'exit', side: 'sell', reduceOnly: true }));
        expect(await position(venue)).toBe('0');
      },
    },
    {
      id: 'P13',
      says: 'a market order that is good for the day is taken, as what flattens is sent so',
      async check(venue) {
        await post(venue, 100);
        await accepted(venue, market(venue, { timeInForce: 'day' }));
        expect(await held(venue)).toEqual(['FILLED 4']);
      },
    },
  ],
};
