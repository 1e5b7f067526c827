import { describe, expect, it } from 'vitest';
import type { InstrumentSettings } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Positions } from '../../functions/core/position.ts';
import { heldInstrument, termsOf, tradableIn } from '../../functions/core/tradable.ts';
import { accountOf } from '../support/world.ts';

const NOW_MS = Date.parse('2026-12-11T15:00:00Z');
const ROLLING: InstrumentSettings = { MNQ: { rollDaysBeforeExpiry: 8 } };

const account = (broker: 'paper' | 'tradovate', instruments: InstrumentSettings = {}) =>
  ({ ...accountOf('account', { instruments }), broker }) as Parameters<typeof tradableIn>[0];

const traded = (broker: 'paper' | 'tradovate', symbol: string, instruments?: InstrumentSettings) => {
  const result = tradableIn(account(broker, instruments), symbol, NOW_MS);
  return result.kind === 'instrument' ? result.instrument.symbol : result.reason.code;
};

describe('what an account trades', () => {
  it.each<[symbol: string, settings: InstrumentSettings, atTradovate: string, onPaper: string]>([
    ['MNQZ6', {}, 'MNQZ6', 'MNQZ6'],
    ['CME_MINI:MNQZ2026', {}, 'MNQZ6', 'MNQZ6'],
    ['CME_MINI:MNQ1!', ROLLING, 'MNQH7', 'MNQH7'],
    ['MNQ1!', {}, 'CONTINUOUS_SYMBOL', 'MNQ1!'],
    ['mnqm5', {}, 'CONTRACT_EXPIRED', 'MNQM5'],
    ['MNQM25', {}, 'CONTRACT_EXPIRED', 'CONTRACT_EXPIRED'],
    ['MNQM2025', {}, 'CONTRACT_EXPIRED', 'CONTRACT_EXPIRED'],
    ['MNQ1!', { MNQ: { contract: 'MNQM5' } }, 'CONTRACT_EXPIRED', 'CONTRACT_EXPIRED'],
    ['MNQX6', {}, 'SYMBOL_UNKNOWN', 'SYMBOL_UNKNOWN'],
    ['AAPL', {}, 'AAPL', 'AAPL'],
  ])('as %s with %j is %s, on paper %s', (symbol, settings, atTradovate, onPaper) => {
    expect(traded('tradovate', symbol, settings)).toBe(atTradovate);
    expect(traded('paper', symbol, settings)).toBe(onPaper);
  });
});

describe('what an exit closes', () => {
  const position = (quantity: number) => ({
    quantity: decimal(quantity),
    averagePrice: decimal(100),
    realizedPnl: decimal(0),
  });

  it.each<[symbol: string, held: Readonly<Record<string, number>>, closed: string]>([
    ['CME_MINI:MNQ1!', {}, 'MNQH7'],
    ['CME_MINI:MNQ1!', { MNQH7: 1 }, 'MNQH7'],
    // Held since before it rolled.
    ['CME_MINI:MNQ1!', { MNQZ6: -2 }, 'MNQZ6'],
    ['MNQ1!', { MNQZ6: 0, MNQH7: 1 }, 'MNQH7'],
    ['MNQ1!', { MNQZ6: 1, MNQH7: 1 }, 'MNQH7'],
    ['MNQ1!', { MNQZ6: 1, MNQM7: 1 }, 'MNQH7'],
    ['MNQ1!', { MESZ6: 1 }, 'MNQH7'],
    ['MNQZ6', { MNQH7: 1 }, 'MNQZ6'],
    ['MNQM2025', { MNQM5: 1 }, 'MNQM5'],
    // What the account explained when it was bought.
    ['CBOT:ZCZ2026', { ZCZ6: 1 }, 'ZCZ6'],
    ['zcz6', { ZCZ6: 1 }, 'ZCZ6'],
    ['CBOT:ZC1!', { ZCZ6: 1 }, 'ZCZ6'],
    // The contract of another decade is not what is held.
    ['MNQZ2036', { MNQZ6: 1 }, 'MNQZ2036'],
    ['NASDAQ:AAPL', { AAPL: 1 }, 'AAPL'],
  ])('by %s, with %j, is %s', (symbol, held, closed) => {
    const positions: Positions = Object.fromEntries(
      Object.entries(held).map(([name, quantity]) => [name, position(quantity)]),
    );
    expect(heldInstrument(account('tradovate', ROLLING), symbol, positions, NOW_MS).symbol).toBe(closed);
  });
});

it('a symbol that is not known is counted by one', () => {
  expect(termsOf(account('paper'), 'ZCZ6', NOW_MS)).toEqual({ multiplier: '1' });
  expect(termsOf(account('paper'), 'MNQ1!', NOW_MS)).toMatchObject({ multiplier: '2', tickSize: '0.25' });
});
