import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import { NOW_MS, payloadOf, refusedFields, saidOf, signalOf } from './signal-case.ts';

const BUY = { symbol: 'MNQM5', action: 'buy' };
const SELL = { symbol: 'MNQM5', action: 'sell' };
const target = (targetQuantity: number) => ({ symbol: 'MNQM5', action: 'target', targetQuantity });

const ENTRIES = ['buy', 'sell', 'long', 'short', 'add', 'reverse', 'target'];

describe.each(['stopLoss', 'takeProfit'] as const)('a %s', (field) => {
  it.each([
    [{ price: '21500.25' }, { type: 'price', price: '21500.25' }],
    [{ price: 21_500.25 }, { type: 'price', price: '21500.25' }],
    [{ percent: 0.5 }, { type: 'percent', percent: '0.5' }],
    [{ percent: '99.999' }, { type: 'percent', percent: '99.999' }],
    [{ amount: ' 20 ' }, { type: 'amount', amount: '20' }],
    [
      { amount: 150, price: null, percent: '' },
      { type: 'amount', amount: '150' },
    ],
  ])('%j is read as %j', (sent, expected) => {
    expect(signalOf({ ...BUY, [field]: sent })[field]).toEqual(expected);
  });

  it.each(ENTRIES)('goes with %s', (action) => {
    const targetQuantity = action === 'target' ? '-2' : undefined;
    expect(signalOf({ ...BUY, action, targetQuantity, [field]: { percent: 1 } })[field]).toEqual({
      type: 'percent',
      percent: '1',
    });
  });

  it.each(['exit', 'flatten', 'cancel'])('does not go with %s, which opens nothing', (action) => {
    expect(saidOf({ ...BUY, action, [field]: { percent: 1 } })).toEqual([
      `${field}: goes with the actions buy, sell, long, short, add, reverse, target only`,
    ]);
  });

  it('does not go with a target of 0, which closes', () => {
    expect(saidOf({ ...target(0), [field]: { percent: 1 } })).toEqual([
      `${field}: goes with a target other than 0 only`,
    ]);
    const missing = { symbol: 'MNQM5', action: 'target', [field]: { percent: 1 } };
    expect(refusedFields(missing)).toEqual(['targetQuantity']);
  });

  it.each([false, null, ''])('that is %j is none, with any action', (none) => {
    for (const action of ['buy', 'exit']) {
      expect(signalOf({ ...BUY, action, [field]: none })).toEqual(signalOf({ ...BUY, action }));
    }
  });

  it.each([5, '5', '5%', true, [], [{ price: 5 }]])('is not %j', (sent) => {
    expect(saidOf({ ...BUY, [field]: sent })).toEqual([`${field}: must be an object`]);
  });

  it.each([
    [{}, ''],
    [{ price: null }, ''],
    [{ price: 5, percent: 5 }, ''],
    [{ price: 5, percent: 5, amount: 5 }, ''],
    [{ price: 0 }, '.price'],
    [{ price: -1 }, '.price'],
    [{ percent: '-0' }, '.percent'],
    [{ amount: '0.0' }, '.amount'],
    [{ amount: true }, '.amount'],
    [{ amount: [5] }, '.amount'],
    [{ price: 'NaN' }, '.price'],
    [{ percent: '5%' }, '.percent'],
    [{ price: '1e-19' }, '.price'],
    [{ price: 5, Price: 5 }, '.Price'],
    [{ price: 5, stopPrice: 5 }, '.stopPrice'],
    [{ price: 5, limitPrice: 5 }, '.limitPrice'],
    [{ price: 5, type: 'stop' }, '.type'],
    [{ price: 5, hasOwnProperty: 1 }, '.hasOwnProperty'],
  ])('%j is refused by the name of what is wrong with it', (sent, name) => {
    expect(refusedFields({ ...BUY, [field]: sent })).toEqual([`${field}${name}`]);
  });
});

describe('a stop-loss that trails', () => {
  it.each([
    [{ trailAmount: 10 }, { type: 'amount', amount: '10' }],
    [{ trailPercent: '2.5' }, { type: 'percent', percent: '2.5' }],
    [
      { trailAmount: 10, trailPercent: null, price: '' },
      { type: 'amount', amount: '10' },
    ],
  ])('%j follows the market at %j', (stopLoss, trail) => {
    expect(signalOf({ ...BUY, price: 100, stopLoss }).stopLoss).toEqual({ type: 'trail', trail });
  });

  it.each([
    [{ trailAmount: 10, trailPercent: 1 }, 'stopLoss'],
    [{ trailAmount: 10, percent: 1 }, 'stopLoss'],
    [{ trailPercent: 1, price: 99 }, 'stopLoss'],
    [{ trailAmount: 0 }, 'stopLoss.trailAmount'],
    [{ trailPercent: '-1' }, 'stopLoss.trailPercent'],
    [{ trailPercent: 100 }, 'stopLoss.trailPercent'],
    [{ trailAmount: 'x' }, 'stopLoss.trailAmount'],
    [{ type: 'trailing_stop', trailAmount: 10 }, 'stopLoss.type'],
    [{ trailPrice: 10 }, 'stopLoss.trailPrice'],
  ])('%j is refused by the name %s', (stopLoss, field) => {
    expect(refusedFields({ ...BUY, stopLoss })).toContain(field);
  });

  it('is no take-profit', () => {
    expect(refusedFields({ ...BUY, takeProfit: { trailAmount: 10 } })).toEqual([
      'takeProfit.trailAmount',
      'takeProfit',
    ]);
  });
});

it('what is wrong with a stop-loss or take-profit is said in full', () => {
  const only = 'must have exactly one of price, percent, amount';
  expect(saidOf({ ...BUY, stopLoss: {}, takeProfit: { price: 1, percent: 1 } })).toEqual([
    `takeProfit: ${only}`,
    `stopLoss: ${only}, trailAmount, trailPercent`,
  ]);
  expect(saidOf({ ...BUY, stopLoss: { percent: 100 }, takeProfit: { percent: 0, sl: 1 } })).toEqual([
    'takeProfit.sl: is not known here; there is price, percent, amount',
    'takeProfit.percent: must be greater than 0',
    'stopLoss.percent: must be less than 100',
  ]);
});

const losing = (stop: string, price = '100') =>
  `stopLoss: The stop-loss at ${stop} is no price on the losing side of ${price}.`;
const none = (stop: string, price = '100') =>
  `stopLoss: The stop-loss at ${stop} is at no distance from ${price}.`;
const winning = (profit: string, price = '100') =>
  `takeProfit: The take-profit at ${profit} is no price on the winning side of ${price}.`;

describe('protection and the sender’s price of 100', () => {
  it.each([
    [BUY, { stopLoss: { price: '99.99' } }, undefined],
    [BUY, { stopLoss: { price: 100 } }, none('100')],
    [BUY, { stopLoss: { price: 101 } }, losing('101')],
    [SELL, { stopLoss: { price: '100.01' } }, undefined],
    [SELL, { stopLoss: { price: 100 } }, none('100')],
    [SELL, { stopLoss: { price: 99 } }, losing('99')],
    [{ ...BUY, action: 'long' }, { stopLoss: { price: 101 } }, losing('101')],
    [{ ...BUY, action: 'short' }, { stopLoss: { price: 99 } }, losing('99')],
    [target(2), { stopLoss: { price: 99 } }, undefined],
    [target(2), { stopLoss: { price: 100 } }, none('100')],
    [target(-2), { stopLoss: { price: 101 } }, undefined],
    [target(-2), { stopLoss: { price: 100 } }, none('100')],
    [BUY, { stopLoss: { amount: '99.99' } }, undefined],
    [BUY, { stopLoss: { amount: 100 } }, losing('0')],
    [target(1), { stopLoss: { amount: 200 } }, losing('-100')],
    [SELL, { stopLoss: { amount: 200 } }, undefined],
    [target(-1), { stopLoss: { amount: 200 } }, undefined],
    [BUY, { stopLoss: { percent: 99 } }, undefined],
    [SELL, { stopLoss: { percent: 99 } }, undefined],
    [BUY, { stopLoss: { trailAmount: '99.99' } }, undefined],
    [BUY, { stopLoss: { trailAmount: 100 } }, losing('0')],
    [SELL, { stopLoss: { trailAmount: 200 } }, undefined],
    [BUY, { takeProfit: { price: '100.01' } }, undefined],
    [BUY, { takeProfit: { price: 100 } }, winning('100')],
    [BUY, { takeProfit: { price: 99 } }, winning('99')],
    [SELL, { takeProfit: { price: '99.99' } }, undefined],
    [SELL, { takeProfit: { price: 100 } }, winning('100')],
    [SELL, { takeProfit: { price: 101 } }, winning('101')],
    [SELL, { takeProfit: { amount: '99.99' } }, undefined],
    [SELL, { takeProfit: { amount: 100 } }, winning('0')],
    [target(-1), { takeProfit: { amount: 150 } }, winning('-50')],
    [BUY, { takeProfit: { amount: 150 } }, undefined],
    [BUY, { takeProfit: { percent: 250 } }, undefined],
    // Whether they turn or add long or short only the account knows.
    [{ ...BUY, action: 'reverse' }, { stopLoss: { price: 100 } }, undefined],
    [{ ...BUY, action: 'add' }, { takeProfit: { price: 100 } }, undefined],
  ])('%j with %j', (signal, protection, said) => {
    expect(saidOf({ ...signal, price: 100, ...protection })).toEqual(said === undefined ? [] : [said]);
    // Without a price nothing is known to be wrong.
    expect(saidOf({ ...signal, ...protection })).toEqual([]);
  });

  it('are both held against it', () => {
    const turned = { stopLoss: { price: 110 }, takeProfit: { price: 90 } };
    expect(saidOf({ ...BUY, price: 100, ...turned })).toEqual([losing('110'), winning('90')]);
    expect(saidOf({ ...SELL, price: 100, ...turned })).toEqual([]);
  });
});

describe('protection of an entry at a price of its own', () => {
  const STOP = { stopLoss: { price: 100 } };

  it.each([
    [{ orderType: 'limit', limitPrice: 100 }, [none('100')]],
    [{ orderType: 'limit', limitPrice: 101 }, []],
    [{ orderType: 'limit', limitPrice: 99, price: 101 }, [losing('100', '99')]],
    [{ orderType: 'limit', limitPrice: 101, price: 99 }, []],
    [{ orderType: 'stop', stopPrice: 100, price: 90 }, [none('100')]],
    [{ orderType: 'stop', stopPrice: 101, price: 90 }, []],
    [{ orderType: 'stop_limit', stopPrice: 99, limitPrice: 100 }, [none('100')]],
    [{ orderType: 'stop_limit', stopPrice: 99, limitPrice: 101 }, []],
    // Where a trailing stop enters nobody knows; the sender's price is the best guess.
    [{ orderType: 'trailing_stop', trailAmount: 1 }, []],
    [{ orderType: 'trailing_stop', trailAmount: 1, price: 100 }, [none('100')]],
  ])('is held against that: %j', (pricing, said) => {
    expect(saidOf({ ...BUY, ...pricing, ...STOP })).toEqual(said);
  });
});

describe('protection of an entry at no known price', () => {
  it.each([
    [BUY, { stopLoss: { price: 90 }, takeProfit: { price: 110 } }, []],
    [
      BUY,
      { stopLoss: { price: 110 }, takeProfit: { price: 90 } },
      [losing('110', '90'), winning('90', '110')],
    ],
    [
      SELL,
      { stopLoss: { price: 90 }, takeProfit: { price: 110 } },
      [losing('90', '110'), winning('110', '90')],
    ],
    [SELL, { stopLoss: { price: 110 }, takeProfit: { price: 90 } }, []],
    [
      BUY,
      { stopLoss: { price: 100 }, takeProfit: { price: 100 } },
      [none('100', '100'), winning('100', '100')],
    ],
    [BUY, { stopLoss: { amount: 120 }, takeProfit: { price: 110 } }, [losing('-10', '110')]],
    [SELL, { stopLoss: { price: 110 }, takeProfit: { amount: 120 } }, [winning('-10', '110')]],
    [BUY, { stopLoss: { trailAmount: 120 }, takeProfit: { price: 110 } }, [losing('-10', '110')]],
    [SELL, { stopLoss: { trailAmount: 120 }, takeProfit: { price: 110 } }, []],
    [{ ...BUY, action: 'reverse' }, { stopLoss: { price: 110 }, takeProfit: { price: 90 } }, []],
  ])('leaves a price between the two: %j with %j', (signal, protection, said) => {
    expect(saidOf({ ...signal, ...protection })).toEqual(said);
  });

  it.each([
    [SELL, 100],
    [{ ...BUY, action: 'short' }, 150],
    [target(-1), '100.5'],
  ])('is refused when no price can fall so far: %j with %s percent', (signal, percent) => {
    const said = ['takeProfit: must be less than 100 percent where the price has to fall'];
    expect(saidOf({ ...signal, takeProfit: { percent } })).toEqual(said);
    expect(saidOf({ ...signal, takeProfit: { percent: '99.9' } })).toEqual([]);
  });
});

it('whatever is sent as protection is one positive target of an entry, or refused', () => {
  const number = fc.oneof(
    fc.integer({ min: -2, max: 200 }),
    fc.constantFrom<unknown>('0', '1', '1e2', 'x', '', null, true, {}),
  );
  const name = fc.constantFrom('price', 'percent', 'amount', 'trailAmount', 'trailPercent', 'type');
  const protection = fc.oneof(fc.jsonValue({ maxDepth: 2 }), fc.dictionary(name, number, { maxKeys: 2 }));
  const action = fc.constantFrom('buy', 'sell', 'exit', 'flatten', 'reverse', 'cancel');
  const field = fc.constantFrom('stopLoss' as const, 'takeProfit' as const);
  fc.assert(
    fc.property(protection, field, action, (sent, asked, side) => {
      const text = JSON.stringify({ ...BUY, action: side, [asked]: sent });
      fc.pre(!/"(__proto__|constructor|prototype)":/.test(text));
      const result = readSignal(payloadOf(text), NOW_MS);
      if (!result.ok) {
        expect(result.refusal.details?.every(({ field: at }) => at.split('.')[0] === asked)).toBe(true);
        return;
      }
      const found = result.value[asked];
      if (found === undefined) {
        expect([false, null, '']).toContain(sent);
        return;
      }
      expect(['buy', 'sell', 'reverse']).toContain(side);
      const { type, ...values } = found.type === 'trail' ? found.trail : found;
      const [[only, value] = []] = Object.entries(values);
      expect(only).toBe(type);
      expect(Number(value)).toBeGreaterThan(0);
      expect(Number(value) < 100 || type !== 'percent' || asked === 'takeProfit').toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

it('whatever is read with a price has its stop on the losing and its target on the winning side', () => {
  const whole = (max: number) => fc.integer({ min: 1, max });
  const ways = [
    fc.record({ price: whole(300) }),
    fc.record({ amount: whole(300) }),
    fc.record({ percent: whole(99) }),
  ];
  const trails = [fc.record({ trailAmount: whole(300) }), fc.record({ trailPercent: whole(99) })];
  const entry = fc.oneof(
    fc.record({ price: whole(200) }),
    fc.record({ orderType: fc.constant('limit'), limitPrice: whole(200), price: whole(200) }),
    fc.record({ orderType: fc.constant('stop'), stopPrice: whole(200) }),
    fc.record({ orderType: fc.constant('stop_limit'), stopPrice: whole(200), limitPrice: whole(200) }),
  );
  /** A hundred times where it goes, so that percents of whole prices are whole, too. */
  const hundredfold = (sent: object, at: number, direction: 1 | -1): number => {
    const { price, amount, percent, trailAmount, trailPercent } = sent as Readonly<Record<string, number>>;
    const distance = 100 * (amount ?? trailAmount ?? 0) + (percent ?? trailPercent ?? 0) * at;
    return price === undefined ? 100 * at + direction * distance : 100 * price;
  };
  let readCount = 0;
  fc.assert(
    fc.property(entry, fc.oneof(...ways, ...trails), fc.oneof(...ways), fc.boolean(), (...asked) => {
      const [pricing, stopLoss, takeProfit, isLong] = asked;
      const { limitPrice, stopPrice, price } = pricing as Readonly<Record<string, number>>;
      const at = limitPrice ?? stopPrice ?? price ?? 0;
      const stop = hundredfold(stopLoss, at, isLong ? -1 : 1);
      const profit = hundredfold(takeProfit, at, isLong ? 1 : -1);
      const isSound = isLong
        ? 0 < stop && stop < 100 * at && 100 * at < profit
        : 0 < profit && profit < 100 * at && 100 * at < stop;
      const signal = { ...(isLong ? BUY : SELL), ...pricing, stopLoss, takeProfit };
      expect(readSignal(payloadOf(signal), NOW_MS).ok).toBe(isSound);
      readCount += isSound ? 1 : 0;
    }),
    { numRuns: 1_000 },
  );
  expect(readCount).toBeGreaterThan(100);
});
