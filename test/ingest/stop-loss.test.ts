import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import { NOW_MS, payloadOf, refusedFields, signalOf } from './signal-case.ts';

const BUY = { symbol: 'MNQM5', action: 'buy' };
const SELL = { symbol: 'MNQM5', action: 'sell' };

/** What is said about the payload's stop-loss, as `field: message`. */
function saidOf(payload: object): string[] {
  const result = readSignal(payloadOf(payload), NOW_MS);
  return result.ok ? [] : (result.refusal.details ?? []).map(({ field, message }) => `${field}: ${message}`);
}

describe('a stop-loss', () => {
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
  ])('%j is read as %j', (stopLoss, expected) => {
    expect(signalOf({ ...BUY, stopLoss }).stopLoss).toEqual(expected);
  });

  it.each(['buy', 'sell', 'reverse', 'target'])('goes with %s', (action) => {
    const target = action === 'target' ? { targetQuantity: '-2' } : {};
    expect(signalOf({ ...BUY, ...target, action, stopLoss: { percent: 1 } }).stopLoss).toEqual({
      type: 'percent',
      percent: '1',
    });
  });

  it.each(['exit', 'flatten', 'cancel'])('does not go with %s, which opens nothing', (action) => {
    expect(saidOf({ ...BUY, action, stopLoss: { percent: 1 } })).toEqual([
      'stopLoss: goes with the actions buy, sell, long, short, add, reverse, target only',
    ]);
  });

  it.each([false, null, ''])('that is %j is none, with any action', (stopLoss) => {
    for (const action of ['buy', 'exit']) {
      expect(signalOf({ ...BUY, action, stopLoss })).not.toHaveProperty('stopLoss');
    }
  });

  it('does not go with a target of 0, which closes', () => {
    const target = { symbol: 'MNQM5', action: 'target', stopLoss: { percent: 1 } };
    expect(saidOf({ ...target, targetQuantity: 0 })).toEqual([
      'stopLoss: goes with a target other than 0 only',
    ]);
    expect(refusedFields(target)).toEqual(['targetQuantity']);
  });

  it.each([
    [5, 'stopLoss: must be an object'],
    ['5', 'stopLoss: must be an object'],
    ['5%', 'stopLoss: must be an object'],
    [true, 'stopLoss: must be an object'],
    [[], 'stopLoss: must be an object'],
    [[{ price: 5 }], 'stopLoss: must be an object'],
    [{}, 'stopLoss: must have exactly one of price, percent, amount'],
    [{ price: null }, 'stopLoss: must have exactly one of price, percent, amount'],
    [{ price: 5, percent: 5 }, 'stopLoss: must have exactly one of price, percent, amount'],
    [{ price: 5, percent: 5, amount: 5 }, 'stopLoss: must have exactly one of price, percent, amount'],
    [{ price: 0 }, 'stopLoss.price: must be greater than 0'],
    [{ price: -1 }, 'stopLoss.price: must be greater than 0'],
    [{ percent: '-0' }, 'stopLoss.percent: must be greater than 0'],
    [{ percent: 100 }, 'stopLoss.percent: must be less than 100'],
    [{ percent: 250 }, 'stopLoss.percent: must be less than 100'],
    [{ amount: '0.0' }, 'stopLoss.amount: must be greater than 0'],
    [{ amount: true }, 'stopLoss.amount: must be a number, or text that is one'],
    [{ amount: [5] }, 'stopLoss.amount: must be a number, or text that is one'],
    [{ price: 'NaN' }, 'stopLoss.price: must be a plain number such as 2 or "0.5", not "NaN"'],
    [{ percent: '5%' }, 'stopLoss.percent: must be a plain number such as 2 or "0.5", not "5%"'],
    [{ price: '1e-19' }, 'stopLoss.price: must have at most 15 digits before and 18 after the point'],
    [{ price: 5, type: 'stop' }, 'stopLoss.type: is not known here; there is price, percent, amount'],
    [{ price: 5, Price: 5 }, 'stopLoss.Price: is not known here; there is price, percent, amount'],
    [
      { price: 5, hasOwnProperty: 1 },
      'stopLoss.hasOwnProperty: is not known here; there is price, percent, amount',
    ],
  ])('%j is refused by name', (stopLoss, said) => {
    expect(saidOf({ ...BUY, stopLoss })).toEqual([said]);
  });

  it('of another kind is refused by everything that is wrong with it', () => {
    expect(refusedFields({ ...BUY, stopLoss: { type: 'trailing_stop', trailAmount: 10 } })).toEqual([
      'stopLoss.type',
      'stopLoss.trailAmount',
      'stopLoss',
    ]);
  });

  it.each(['takeProfit', 'limitPrice', 'stopPrice'])('does not bring %s with it', (field) => {
    expect(saidOf({ ...BUY, stopLoss: { percent: 1 }, [field]: 5 })).toEqual([
      `${field}: is not available yet, and not ignored: leave it out to trade without it`,
    ]);
  });
});

describe('a stop-loss and the sender’s price', () => {
  const BELOW = 'stopLoss: must be below price, since it protects a long position';
  const ABOVE = 'stopLoss: must be above price, since it protects a short position';
  const TOO_FAR = 'stopLoss: must be less than price, so that the stop is above 0';
  const target = (targetQuantity: number) => ({ symbol: 'MNQM5', action: 'target', targetQuantity });

  it.each([
    [BUY, { price: '99.99' }, undefined],
    [BUY, { price: 100 }, BELOW],
    [BUY, { price: 101 }, BELOW],
    [SELL, { price: '100.01' }, undefined],
    [SELL, { price: 100 }, ABOVE],
    [SELL, { price: 99 }, ABOVE],
    [target(2), { price: 99 }, undefined],
    [target(2), { price: 100 }, BELOW],
    [target(-2), { price: 101 }, undefined],
    [target(-2), { price: 100 }, ABOVE],
    // Whether it turns long or short only the account knows.
    [{ ...BUY, action: 'reverse' }, { price: 100 }, undefined],
    [BUY, { amount: '99.99' }, undefined],
    [BUY, { amount: 100 }, TOO_FAR],
    [target(1), { amount: 200 }, TOO_FAR],
    [SELL, { amount: 200 }, undefined],
    [target(-1), { amount: 200 }, undefined],
    [BUY, { percent: 99 }, undefined],
    [SELL, { percent: 99 }, undefined],
  ])('of 100: %j with %j', (signal, stopLoss, said) => {
    expect(saidOf({ ...signal, price: 100, stopLoss })).toEqual(said === undefined ? [] : [said]);
    // Without a price nothing is known to be wrong.
    expect(saidOf({ ...signal, stopLoss })).toEqual([]);
  });
});

it('whatever is sent as a stop-loss is one positive target of an entry, or refused', () => {
  const number = fc.oneof(
    fc.integer({ min: -2, max: 200 }),
    fc.constantFrom<unknown>('0', '1', '1e2', 'x', '', null, true, {}),
  );
  const stopLoss = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(fc.constantFrom('price', 'percent', 'amount', 'type'), number),
  );
  const action = fc.constantFrom('buy', 'sell', 'exit', 'flatten', 'reverse', 'cancel');
  fc.assert(
    fc.property(stopLoss, action, fc.option(fc.constantFrom(1, 100)), (sent, asked, price) => {
      const text = JSON.stringify({ ...BUY, action: asked, stopLoss: sent, price });
      fc.pre(!/"(__proto__|constructor|prototype)":/.test(text));
      const result = readSignal(payloadOf(text), NOW_MS);
      if (!result.ok) {
        expect(result.refusal.details?.every(({ field }) => /^stopLoss(\.|$)/.test(field))).toBe(true);
        return;
      }
      const { stopLoss: read } = result.value;
      if (read === undefined) {
        expect([false, null, '']).toContain(sent);
        return;
      }
      expect(['buy', 'sell', 'reverse']).toContain(asked);
      const { type, ...values } = read;
      const [[name, value] = []] = Object.entries(values);
      expect(name).toBe(type);
      expect(Number(value)).toBeGreaterThan(0);
      expect(Number(value) < 100 || type !== 'percent').toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
