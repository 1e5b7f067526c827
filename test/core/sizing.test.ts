import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Sizing } from '../../functions/core/configuration.ts';
import { add, compare, type Decimal, decimal, multiply } from '../../functions/core/decimal.ts';
import { isInLots } from '../../functions/core/increments.ts';
import type { ComputedSizing, PriceTarget, Signal } from '../../functions/core/signal.ts';
import { needsEquity, type SizingInput, sizedQuantity, stopDistanceOf } from '../../functions/core/sizing.ts';
import { positiveDecimal } from './rational.ts';

const FROM_SIGNAL: Sizing = { type: 'signal' };
const fixed = (quantity: string): Sizing => ({ type: 'fixed', quantity: decimal(quantity) });
const cash = (amount: string): ComputedSizing => ({ type: 'cash', amount: decimal(amount) });
const risk = (amount: string): ComputedSizing => ({ type: 'riskAmount', amount: decimal(amount) });
const equityPercent = (percent: string): ComputedSizing => ({
  type: 'percentOfEquity',
  percent: decimal(percent),
});
const STOP: PriceTarget = { type: 'amount', amount: decimal(10) };
const STOCK = { multiplier: decimal(1), lotSize: decimal(1) };
const CRYPTO = { multiplier: decimal(1) };
const MNQ = { multiplier: decimal(2), lotSize: decimal(1) };

const optional = (text: string | undefined) => (text === undefined ? undefined : decimal(text));

/** What a case says; the rest is plain: one account, a stock, and nothing known of the market. */
interface Case {
  readonly sizing?: Sizing;
  readonly signal?: Partial<Signal>;
  readonly multiplier?: string;
  readonly instrument?: SizingInput['instrument'];
  readonly price?: string;
  readonly stopDistance?: string;
  readonly equity?: string;
}

/** The quantity, or the code for which there is none. */
function sized({
  sizing = FROM_SIGNAL,
  signal = {},
  multiplier = '1',
  instrument = STOCK,
  ...known
}: Case): string {
  const result = sizedQuantity({
    sizing,
    signal,
    instrument,
    multiplier: decimal(multiplier),
    price: optional(known.price),
    stopDistance: optional(known.stopDistance),
    equity: optional(known.equity),
  });
  return result.kind === 'quantity' ? result.quantity : result.reason.code;
}

describe('who says how much', () => {
  const quantity = decimal(2);
  const all = { price: '100', stopDistance: '10', equity: '50000' };

  it.each<[string, Sizing, Partial<Signal>, string]>([
    ["the signal's quantity", FROM_SIGNAL, { quantity }, '2'],
    ["the signal's quantity before its wish", FROM_SIGNAL, { quantity, sizing: cash('1000') }, '2'],
    ["the signal's wish", FROM_SIGNAL, { sizing: cash('1000') }, '10'],
    ['nobody', FROM_SIGNAL, {}, 'QUANTITY_MISSING'],
    ['the strategy by a fixed quantity', fixed('3'), { quantity, sizing: cash('1000') }, '3'],
    ['the strategy by an amount', cash('700'), { quantity, sizing: cash('1000') }, '7'],
    ['the strategy by a risk', risk('50'), { quantity, stopLoss: STOP }, '5'],
    ['the strategy by a percentage', equityPercent('10'), { quantity }, '50'],
  ])('%s', (_, sizing, signal, expected) => {
    expect(sized({ sizing, signal, ...all })).toBe(expected);
  });
});

describe('a quantity that somebody wrote', () => {
  it.each([
    // As it is, when nothing is known of lots.
    ['0.123456789', '1', undefined, '0.123456789'],
    ['0.1', '0.3', undefined, '0.03'],
    ['2', '3', '1', '6'],
    ['0.5', '2', '1', '1'],
    // The account's multiplier made it fractional.
    ['3', '0.5', '1', '1'],
    ['300', '1.5', '100', '400'],
    ['1', '0.5', '1', 'QUANTITY_BELOW_LOT'],
    ['1', '0.999999999999999999', '1', 'QUANTITY_BELOW_LOT'],
    ['0.5', '1', '1', 'QUANTITY_BELOW_LOT'],
    ['1.5', '1', '1', 'QUANTITY_NOT_IN_LOTS'],
    ['1.5', '3', '1', 'QUANTITY_NOT_IN_LOTS'],
    ['250', '1', '100', 'QUANTITY_NOT_IN_LOTS'],
  ])('%s times %s in lots of %s is %s', (quantity, multiplier, lot, expected) => {
    const lotSize = optional(lot);
    const instrument = { multiplier: decimal(1), ...(lotSize && { lotSize }) };
    const signal = { quantity: decimal(quantity) };
    expect(sized({ signal, multiplier, instrument })).toBe(expected);
    expect(sized({ sizing: fixed(quantity), multiplier, instrument })).toBe(expected);
  });
});

describe('a quantity that is computed', () => {
  it.each<[string, Case, string]>([
    ['cash over the price', { sizing: cash('1000'), price: '143.2' }, '6'],
    [
      'cash over what a contract is worth',
      { sizing: cash('100000'), price: '21534.25', instrument: MNQ },
      '2',
    ],
    ['cash to the last lot', { sizing: cash('43068.5'), price: '21534.25', instrument: MNQ }, '1'],
    [
      'cash short of a lot',
      { sizing: cash('43068.49'), price: '21534.25', instrument: MNQ },
      'QUANTITY_BELOW_LOT',
    ],
    ['cash in parts', { sizing: cash('100'), price: '67432.5', instrument: CRYPTO }, '0.00148296'],
    [
      'cash for less than a part',
      { sizing: cash('1'), price: '100000001', instrument: CRYPTO },
      'QUANTITY_BELOW_LOT',
    ],
    ['cash for this account', { sizing: cash('1000'), price: '100', multiplier: '0.55' }, '5'],
    ['the multiplier before rounding', { sizing: cash('150'), price: '100', multiplier: '2' }, '3'],
    ['a third, three times', { sizing: cash('100'), price: '3', multiplier: '3' }, '100'],
    ['cash without a price', { sizing: cash('1000') }, 'PRICE_MISSING'],
    ['cash at a price of nothing', { sizing: cash('1000'), price: '0' }, 'PRICE_MISSING'],
    ['cash at a price below nothing', { sizing: cash('1000'), price: '-37.63' }, 'PRICE_MISSING'],
    [
      'risk over the distance',
      { sizing: risk('250'), signal: { stopLoss: STOP }, stopDistance: '20', instrument: MNQ },
      '6',
    ],
    ['risk without a stop-loss', { sizing: risk('250'), price: '100', stopDistance: '20' }, 'STOP_MISSING'],
    ['risk without a price', { sizing: risk('250'), signal: { stopLoss: STOP } }, 'PRICE_MISSING'],
    [
      'risk over no distance',
      { sizing: risk('250'), signal: { stopLoss: STOP }, stopDistance: '0' },
      'ZERO_RISK_DISTANCE',
    ],
    [
      'risk below zero',
      { sizing: risk('250'), signal: { stopLoss: STOP }, stopDistance: '-1' },
      'ZERO_RISK_DISTANCE',
    ],
    [
      'risk of less than a lot',
      { sizing: risk('39'), signal: { stopLoss: STOP }, stopDistance: '20', instrument: MNQ },
      'QUANTITY_BELOW_LOT',
    ],
    ['a part of the equity', { sizing: equityPercent('2.5'), price: '100', equity: '100000' }, '25'],
    [
      'more than the equity',
      { sizing: equityPercent('400'), price: '21534.25', equity: '25000', instrument: MNQ },
      '2',
    ],
    ['equity that is not known', { sizing: equityPercent('10'), price: '100' }, 'EQUITY_UNKNOWN'],
    ['equity without a price', { sizing: equityPercent('10'), equity: '100000' }, 'PRICE_MISSING'],
    ['equity of nothing', { sizing: equityPercent('10'), price: '100', equity: '0' }, 'QUANTITY_BELOW_LOT'],
    [
      'equity below nothing',
      { sizing: equityPercent('10'), price: '100', equity: '-5000' },
      'QUANTITY_BELOW_LOT',
    ],
  ])('is %s', (_, given, expected) => {
    expect(sized(given)).toBe(expected);
    const { sizing, signal, ...rest } = given;
    if (sizing && sizing.type !== 'signal' && sizing.type !== 'fixed') {
      expect(sized({ signal: { ...signal, sizing }, ...rest }), 'wished for by the signal').toBe(expected);
    }
  });

  it('costs or risks at most what it may, and with one lot more it would not', () => {
    const amounts = positiveDecimal(1_000_000, 6);
    const lots = fc.option(positiveDecimal(100, 8), { nil: undefined });
    fc.assert(
      fc.property(
        fc.constantFrom('cash' as const, 'riskAmount' as const),
        fc.record({ amount: amounts, each: positiveDecimal(10_000, 6), point: positiveDecimal(1_000, 4) }),
        fc.record({ multiplier: positiveDecimal(10, 3), lotSize: lots }),
        (type, { amount, each, point }, { multiplier, lotSize }) => {
          const result = sizedQuantity({
            sizing: { type, amount },
            signal: { stopLoss: STOP },
            multiplier,
            instrument: { multiplier: point, ...(lotSize && { lotSize }) },
            price: each,
            stopDistance: each,
            equity: undefined,
          });
          const lot = lotSize ?? decimal('0.00000001');
          const allowed = multiply(amount, multiplier);
          const costOf = (quantity: Decimal) => multiply(multiply(quantity, each), point);
          if (result.kind === 'refused') {
            expect(result.reason.code).toBe('QUANTITY_BELOW_LOT');
            expect(compare(costOf(lot), allowed)).toBe(1);
            return;
          }
          expect(isInLots(result.quantity, lot)).toBe(true);
          expect(compare(costOf(result.quantity), allowed)).toBeLessThanOrEqual(0);
          expect(compare(costOf(add(result.quantity, lot)), allowed)).toBe(1);
        },
      ),
    );
  });
});

describe('the distance of a stop-loss', () => {
  it.each<[PriceTarget, string | undefined, string | undefined]>([
    [{ type: 'price', price: decimal(95) }, '100', '5'],
    [{ type: 'price', price: decimal(105) }, '100', '5'],
    [{ type: 'price', price: decimal(100) }, '100', '0'],
    [{ type: 'price', price: decimal(95) }, undefined, undefined],
    [{ type: 'percent', percent: decimal('2.5') }, '21534.25', '538.35625'],
    [{ type: 'percent', percent: decimal(5) }, undefined, undefined],
    [{ type: 'amount', amount: decimal('2.5') }, undefined, '2.5'],
    [{ type: 'amount', amount: decimal('2.5') }, '100', '2.5'],
  ])('%j from %s is %s', (stopLoss, price, expected) => {
    expect(stopDistanceOf(stopLoss, optional(price))).toBe(expected);
  });

  // The order goes to the nearest tick: at most this far.
  it.each<[PriceTarget, string]>([
    [{ type: 'price', price: decimal('99.9') }, '0.25'],
    [{ type: 'price', price: decimal('99.75') }, '0.25'],
    [{ type: 'price', price: decimal('99.6') }, '0.5'],
    [{ type: 'price', price: decimal(100) }, '0'],
    [{ type: 'amount', amount: decimal('0.1') }, '0.25'],
  ])('%j from 100 on ticks of a quarter is %s', (stopLoss, expected) => {
    expect(stopDistanceOf(stopLoss, decimal(100), decimal('0.25'))).toBe(expected);
  });
});

describe('what the account is worth is asked for', () => {
  const quantity = decimal(1);
  const [percentOfEquity, byCash] = [equityPercent('5'), cash('500')];
  it.each<[string, Parameters<typeof needsEquity>, boolean]>([
    ['by a strategy that is sized by it', [percentOfEquity, {}], true],
    ['by such a strategy, whatever the signal says', [percentOfEquity, { quantity }], true],
    ['not by one that is sized otherwise', [byCash, { sizing: percentOfEquity }], false],
    ['by a signal that is sized by it', [FROM_SIGNAL, { sizing: percentOfEquity }], true],
    ['not by one that says how much', [FROM_SIGNAL, { sizing: percentOfEquity, quantity }], false],
    ['not by one that is sized otherwise itself', [FROM_SIGNAL, { sizing: byCash }], false],
    ['not by one that says nothing', [FROM_SIGNAL, {}], false],
  ])('%s', (_, parameters, is) => {
    expect(needsEquity(...parameters)).toBe(is);
  });
});
