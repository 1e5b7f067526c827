import { describe, expect, it } from 'vitest';
import { contractAhead, FUTURES_ROOTS, lastDayOf } from '../../functions/core/futures.ts';
import { contractSymbol, MONTH_CODES, parseSymbol } from '../../functions/core/futures-symbol.ts';
import { readDocument, tableRows } from '../docs/documents.ts';

const NOW_MS = Date.parse('2026-11-22T15:00:00Z');

const lastDay = (symbol: string): string => {
  const parsed = parseSymbol(symbol, NOW_MS);
  return parsed.kind === 'contract' ? lastDayOf(parsed.contract) : 'no contract';
};

describe('the table of futures', () => {
  // By what a tick is worth, in dollars: tick size times multiplier.
  it.each([
    ['ES', '0.25', '50', 'HMUZ'],
    ['MES', '0.25', '5', 'HMUZ'],
    ['NQ', '0.25', '20', 'HMUZ'],
    ['MNQ', '0.25', '2', 'HMUZ'],
    ['RTY', '0.1', '50', 'HMUZ'],
    ['M2K', '0.1', '5', 'HMUZ'],
    ['YM', '1', '5', 'HMUZ'],
    ['MYM', '1', '0.5', 'HMUZ'],
    ['GC', '0.1', '100', 'GJMQVZ'],
    ['MGC', '0.1', '10', 'GJMQVZ'],
    ['SI', '0.005', '5000', 'HKNUZ'],
    ['CL', '0.01', '1000', 'FGHJKMNQUVXZ'],
    ['MCL', '0.01', '100', 'FGHJKMNQUVXZ'],
    ['NG', '0.001', '10000', 'FGHJKMNQUVXZ'],
    ['ZB', '0.03125', '1000', 'HMUZ'],
    ['ZN', '0.015625', '1000', 'HMUZ'],
    ['6E', '0.00005', '125000', 'HMUZ'],
  ])('has %s in ticks of %s at %s a point, in %s', (root, tickSize, multiplier, months) => {
    expect(FUTURES_ROOTS.get(root)).toMatchObject({ tickSize, multiplier, months });
  });

  it('holds in docs/instruments.md as well, root for root', () => {
    const documented = tableRows(readDocument('docs/instruments.md').text)
      .filter(([, tickSize = '']) => /^[\d.]+$/.test(tickSize))
      .flatMap(([roots = '', tickSize, multipliers = '', months]) =>
        roots.split(' / ').map((root, index) => [root, tickSize, multipliers.split(' / ')[index], months]),
      );
    const known = [...FUTURES_ROOTS].map(([root, terms]) => [
      root,
      terms.tickSize,
      terms.multiplier,
      terms.months === MONTH_CODES ? 'all' : terms.months,
    ]);
    expect(documented.toSorted()).toEqual(known.toSorted());
  });
});

describe('the last day of a contract', () => {
  it.each([
    // Index futures: the third Friday.
    ['ESZ2026', '2026-12-18'],
    ['MNQZ2025', '2025-12-19'],
    ['MESH2027', '2027-03-19'],
    ['RTYM2029', '2029-06-15'],
    ['M2KU2028', '2028-09-15'],
    ['MYMZ2028', '2028-12-15'],
    ['YMH2024', '2024-03-15'],
    // Currencies: Monday before the third Wednesday.
    ['6EZ2025', '2025-12-15'],
    ['6EH2026', '2026-03-16'],
    // Gold and silver: the third business day from the end.
    ['GCZ2025', '2025-12-29'],
    ['MGCG2026', '2026-02-25'],
    ['SIK2026', '2026-05-27'],
    // Treasuries: seven business days before the last. The exchange's day is the 19th: Christmas is not known here.
    ['ZNZ2025', '2025-12-22'],
    ['ZBH2026', '2026-03-20'],
    // Natural gas: the third business day from the end of the month before. Thanksgiving makes it the 25th in fact.
    ['NGZ2025', '2025-11-26'],
    ['NGF2026', '2025-12-29'],
    // Crude oil: three business days before the 25th, or the last business day up to it, of the month before.
    ['CLZ2025', '2025-11-20'],
    ['CLF2027', '2026-12-22'],
    ['CLN2024', '2024-06-20'],
    ['CLV2027', '2027-09-21'],
    ['CLN2028', '2028-06-20'],
    ['MCLZ2025', '2025-11-19'],
    ['MCLV2027', '2027-09-20'],
    // Not known here: the end of the month.
    ['ZCZ2026', '2026-12-31'],
    ['ZCG2028', '2028-02-29'],
  ])('%s is %s', (symbol, expected) => {
    expect(lastDay(symbol)).toBe(expected);
  });

  it('is a business day in the month of the contract or the one before, in any month of twenty-eight years', () => {
    for (const root of ['ES', '6E', 'GC', 'ZN', 'NG', 'CL', 'MCL']) {
      for (let year = 2000; year < 2028; year += 1) {
        for (const [index, monthCode] of [...MONTH_CODES].entries()) {
          const day = new Date(`${lastDayOf({ root, monthCode, year })}T00:00:00Z`);
          const monthsBefore = year * 12 + index - (day.getUTCFullYear() * 12 + day.getUTCMonth());
          expect(monthsBefore).toBe(['NG', 'CL', 'MCL'].includes(root) ? 1 : 0);
          expect([1, 2, 3, 4, 5]).toContain(day.getUTCDay());
        }
      }
    }
  });
});

describe('the contract ahead', () => {
  const ahead = (root: string, nth: number, rollDaysBeforeExpiry: number, day: string): string => {
    const contract = contractAhead(root, nth, { rollDaysBeforeExpiry, nowMs: Date.parse(day) });
    return contract ? contractSymbol(contract) : 'none';
  };

  // MNQZ6 can be traded until Friday, December 18.
  it.each([
    ['MNQ', 1, 8, '2026-12-09T23:59:59.999Z', 'MNQZ6'],
    ['MNQ', 1, 8, '2026-12-10T00:00:00.000Z', 'MNQH7'],
    ['MNQ', 1, 0, '2026-12-17T23:59:59.999Z', 'MNQZ6'],
    ['MNQ', 1, 0, '2026-12-18T00:00:00.000Z', 'MNQH7'],
    ['MNQ', 2, 8, '2026-12-09T12:00:00Z', 'MNQH7'],
    ['MNQ', 2, 8, '2026-12-10T12:00:00Z', 'MNQM7'],
    ['MNQ', 1, 8, '2026-01-01T00:00:00Z', 'MNQH6'],
    ['MNQ', 1, 8, '2026-12-31T23:59:59Z', 'MNQH7'],
    ['MNQ', 9, 90, '2026-12-31T00:00:00Z', 'MNQM9'],
    ['MGC', 1, 30, '2026-11-22T00:00:00Z', 'MGCZ6'],
    ['MGC', 1, 40, '2026-11-22T00:00:00Z', 'MGCG7'],
    // MCLF7 can be traded until Monday, December 21, of the year before.
    ['MCL', 1, 5, '2026-12-15T00:00:00Z', 'MCLF7'],
    ['MCL', 1, 5, '2026-12-16T00:00:00Z', 'MCLG7'],
    ['MCL', 9, 90, '2026-12-31T00:00:00Z', 'MCLF8'],
    ['ZC', 1, 8, '2026-12-15T00:00:00Z', 'none'],
  ])('%s number %i, rolled %i days before, at %s is %s', (root, nth, days, day, expected) => {
    expect(ahead(root, nth, days, day)).toBe(expected);
  });
});
