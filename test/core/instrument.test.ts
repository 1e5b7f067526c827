import { describe, expect, it } from 'vitest';
import type { InstrumentSettings } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { instrumentOf } from '../../functions/core/instrument.ts';

const NOW_MS = Date.parse('2026-11-22T15:00:00Z');
const MNQ = { tickSize: '0.25', lotSize: '1', multiplier: '2' };

const find = (symbol: string, settings: InstrumentSettings = {}, now = NOW_MS) =>
  instrumentOf(symbol, settings, now);

/** The instrument, or why there is none. */
const found = (symbol: string, settings?: InstrumentSettings, now?: number) => {
  const result = find(symbol, settings, now);
  return result.kind === 'instrument' ? result.instrument : result.reason.code;
};

describe('an instrument', () => {
  it.each(['MNQZ6', 'MNQZ26', 'MNQZ2026', 'mnqz6', 'CME_MINI:MNQZ2026', 'CME_MINI_DL:MNQZ6'])(
    'of %s is a contract in the terms of the table, under the symbol that Tradovate has',
    (symbol) => {
      expect(found(symbol)).toEqual({ symbol: 'MNQZ6', ...MNQ, expiresOn: '2026-12-18' });
    },
  );

  it.each([
    ['AAPL', 'AAPL'],
    ['NASDAQ:AAPL', 'AAPL'],
    ['BTCUSDT', 'BTCUSDT'],
    ['BTC/USD', 'BTC/USD'],
    ['constructor', 'constructor'],
  ])('of %s is %s, counted by one', (text, symbol) => {
    expect(found(text)).toEqual({ symbol, multiplier: '1' });
  });

  it('is as the account says where it says so, of a contract before its root', () => {
    const settings: InstrumentSettings = {
      AAPL: { tickSize: decimal('0.01'), lotSize: decimal(1) },
      'BTC/USD': { lotSize: decimal('0.0001') },
      MNQ: { multiplier: decimal(3), lotSize: decimal(2) },
      MNQZ6: { multiplier: decimal(4) },
    };
    expect(found('NASDAQ:AAPL', settings)).toEqual({
      symbol: 'AAPL',
      multiplier: '1',
      tickSize: '0.01',
      lotSize: '1',
    });
    expect(found('BTC/USD', settings)).toEqual({ symbol: 'BTC/USD', multiplier: '1', lotSize: '0.0001' });
    expect(found('MNQZ2026', settings)).toMatchObject({ tickSize: '0.25', multiplier: '4', lotSize: '2' });
    expect(found('MNQH7', settings)).toMatchObject({ tickSize: '0.25', multiplier: '3', lotSize: '2' });
  });

  it.each([
    ['2026-12-18T23:59:59.999Z', '2026-12-18'],
    ['2026-12-19T00:00:00.000Z', undefined],
  ])('can be traded at %s until its last day is over, in UTC', (now, expiresOn) => {
    const result = found('MNQZ6', {}, Date.parse(now));
    expect(result).toEqual(
      expiresOn === undefined ? 'CONTRACT_EXPIRED' : { symbol: 'MNQZ6', ...MNQ, expiresOn },
    );
  });
});

describe('what is refused', () => {
  it.each([
    ['MNQX6', 'MNQ is traded in the months HMUZ'],
    ['MGCF7', 'MGC is traded in the months GJMQVZ'],
    // Cut to one digit it would be the contract of this year, or of one to come.
    ['MNQZ2036', 'MNQZ2036 is too far from today: MNQZ6 is another contract'],
    ['MNQZ33', 'too far from today'],
    ['MNQZ2019', 'too far from today'],
    ['ZCZ6', 'has to say instruments.ZC.multiplier, or instruments.ZCZ6.multiplier if it is none.'],
    [
      'CBOT:ZC1!',
      'ZC1! looks like a future on ZC, which is not known here: the account has to say instruments.ZC.multiplier.',
    ],
    ['DAX40', 'or instruments.DAX40.multiplier if it is none'],
    ['MNQ!', 'no continuous symbol'],
    ['MNQ0!', 'no continuous symbol'],
  ])('%s is not known', (symbol, says) => {
    expect(find(symbol)).toEqual({
      kind: 'refused',
      reason: { code: 'SYMBOL_UNKNOWN', message: expect.stringContaining(says) },
    });
  });

  it.each([
    ['MNQM5', 'MNQM5', '2', 'MNQM2025 could be traded until 2025-06-20.'],
    ['MNQM2025', 'MNQM5', '2', 'MNQM2025 could be traded until 2025-06-20.'],
    ['NYMEX:CLZ6', 'CLZ6', '1000', 'CLZ2026 could be traded until 2026-11-20.'],
  ])('%s is expired, and still counted', (text, symbol, multiplier, message) => {
    expect(find(text)).toMatchObject({
      kind: 'untradable',
      instrument: { symbol, multiplier, lotSize: '1', expiresOn: message.slice(-11, -1) },
      reason: { code: 'CONTRACT_EXPIRED', message },
    });
  });

  it('is no future on an unknown root once the account says what a point is worth', () => {
    const settings = { ZC: { multiplier: decimal(50), tickSize: decimal('0.25') } };
    expect(found('ZCZ2026', settings)).toEqual({
      symbol: 'ZCZ6',
      tickSize: '0.25',
      lotSize: '1',
      multiplier: '50',
      expiresOn: '2026-12-31',
    });
    expect(found('ZCZ6', { ZC: { tickSize: decimal('0.25') } })).toBe('SYMBOL_UNKNOWN');
  });

  it('is nothing that only looks like a future once the account says what it is worth', () => {
    expect(found('DAX40', { DAX40: { multiplier: decimal(1) } })).toEqual({
      symbol: 'DAX40',
      multiplier: '1',
    });
    expect(found('DAX40', { DAX40: { tickSize: decimal(1) } })).toBe('SYMBOL_UNKNOWN');
  });
});

describe('a continuous future', () => {
  it.each([
    ['MNQ1!', {}],
    ['CME_MINI:MNQ1!', {}],
    ['mnq1!', {}],
    ['MNQ1!', { MES: { rollDaysBeforeExpiry: 8 } }],
    ['MNQ1!', { MNQ: { multiplier: decimal(2) } }],
    ['MNQ1!', { MNQ: { contract: 'MESZ6' } }],
    ['MNQ1!', { MNQ: { contract: 'MNQ1!' } }],
    ['MNQ1!', { MNQ: { contract: 'nonsense' } }],
  ])('%s is no contract without a word of which: %j', (symbol, settings) => {
    expect(find(symbol, settings)).toEqual({
      kind: 'untradable',
      // What a venue takes that trades it as it is.
      instrument: { symbol: 'MNQ1!', ...MNQ },
      reason: {
        code: 'CONTINUOUS_SYMBOL',
        message:
          "MNQ1! is no contract, and the account's instruments.MNQ does not say which one it stands for.",
      },
    });
  });

  it.each(['MNQH7', 'MNQH27', 'MNQH2027'])('is the contract %s that it is pinned to', (contract) => {
    const settings = { MNQ: { contract } };
    expect(found('MNQ1!', settings)).toEqual({ symbol: 'MNQH7', ...MNQ, expiresOn: '2027-03-19' });
    // What comes after the pinned one is not said.
    expect(find('MNQ2!', settings)).toMatchObject({ kind: 'untradable', instrument: { symbol: 'MNQ2!' } });
  });

  it('is refused once the contract that it is pinned to expired', () => {
    const settings = { MNQ: { contract: 'MNQZ6' } };
    expect(found('MNQ1!', settings, Date.parse('2026-12-18T12:00:00Z'))).toMatchObject({ symbol: 'MNQZ6' });
    expect(found('MNQ1!', settings, Date.parse('2026-12-19T00:00:00Z'))).toBe('CONTRACT_EXPIRED');
  });

  it('may be pinned on a root that the account explains', () => {
    const settings = { ZC: { multiplier: decimal(50), contract: 'ZCZ6' } };
    expect(found('CBOT:ZC1!', settings)).toMatchObject({ symbol: 'ZCZ6', multiplier: '50' });
  });

  it('rolls by the calendar', () => {
    const settings = { MNQ: { rollDaysBeforeExpiry: 8 } };
    const at = (symbol: string, day: string) => found(symbol, settings, Date.parse(day));
    expect(at('MNQ1!', '2026-12-09T23:59:59Z')).toMatchObject({ symbol: 'MNQZ6' });
    expect(at('MNQ1!', '2026-12-10T00:00:00Z')).toMatchObject({ symbol: 'MNQH7' });
    expect(at('MNQ2!', '2026-12-10T00:00:00Z')).toMatchObject({ symbol: 'MNQM7' });
  });

  it.each(['ES', 'MGC', 'SI', 'MCL', 'NG', 'ZN', '6E'])(
    'on %s stands for a contract that can be traded on each day of two years',
    (root) => {
      for (let day = 0; day < 731; day += 1) {
        const now = NOW_MS + day * 86_400_000;
        expect(find(`${root}1!`, { [root]: { rollDaysBeforeExpiry: 0 } }, now).kind).toBe('instrument');
      }
    },
  );
});
