import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contractSymbol,
  type FuturesContract,
  fullContractSymbol,
  isToldByItsSymbol,
  MONTH_CODES,
  parseSymbol,
} from '../../functions/core/futures-symbol.ts';

const NOW_MS = Date.parse('2026-11-22T15:00:00Z');

describe('a symbol', () => {
  it.each([
    ['MNQZ6', 'MNQ', 'Z', 2026],
    ['MNQZ26', 'MNQ', 'Z', 2026],
    ['MNQZ2026', 'MNQ', 'Z', 2026],
    ['MNQM2025', 'MNQ', 'M', 2025],
    ['MNQM25', 'MNQ', 'M', 2025],
    ['mesh7', 'MES', 'H', 2027],
    ['CME_MINI:MESZ2026', 'MES', 'Z', 2026],
    ['CME_MINI_DL:MESZ2026', 'MES', 'Z', 2026],
    ['NYMEX_DLY:CLF7', 'CL', 'F', 2027],
    ['M2KZ6', 'M2K', 'Z', 2026],
    ['6EZ6', '6E', 'Z', 2026],
    ['FDAXZ6', 'FDAX', 'Z', 2026],
    // The month is the letter before the year, whatever else there is.
    ['MMH7', 'MM', 'H', 2027],
    ['M6EH27', 'M6E', 'H', 2027],
  ])('%s is the contract on %s for %s %i', (text, root, monthCode, year) => {
    expect(parseSymbol(text, NOW_MS)).toMatchObject({
      kind: 'contract',
      contract: { root, monthCode, year },
    });
  });

  it.each([
    [3, 2023],
    [4, 2024],
    [5, 2025],
    [6, 2026],
    [7, 2027],
    [8, 2028],
    [9, 2029],
    [0, 2030],
    [1, 2031],
    [2, 2032],
  ])('with the year %i is of %i, late in 2026', (digit, year) => {
    expect(parseSymbol(`ESZ${digit}`, NOW_MS)).toMatchObject({ contract: { year } });
  });

  it.each([
    ['2029-12-31T23:59:59.999Z', 2032],
    ['2030-01-01T00:00:00Z', 2032],
    ['2035-12-31T23:59:59.999Z', 2032],
    ['2036-01-01T00:00:00Z', 2042],
  ])('with the year 2 is at %s of %i', (now, year) => {
    expect(parseSymbol('ESZ2', Date.parse(now))).toMatchObject({ contract: { year } });
  });

  it.each([
    ['MNQ1!', 'MNQ', 1],
    ['MNQ2!', 'MNQ', 2],
    ['CME_MINI:MNQ1!', 'MNQ', 1],
    ['cme_mini:mnq1!', 'MNQ', 1],
    ['CME_MINI_DL:MNQ1!', 'MNQ', 1],
    ['M2K1!', 'M2K', 1],
    ['6e1!', '6E', 1],
  ])('%s is the continuous future on %s, number %i', (text, root, nth) => {
    expect(parseSymbol(text, NOW_MS)).toMatchObject({ kind: 'continuous', root, nth });
  });

  it.each([
    ['AAPL', 'AAPL'],
    ['NASDAQ:AAPL', 'AAPL'],
    ['nasdaq:AAPL', 'AAPL'],
    ['BINANCE:BTCUSDT', 'BTCUSDT'],
    ['BTC/USD', 'BTC/USD'],
    ['BTC/USDT:USDT', 'BTC/USDT:USDT'],
    ['BRK.B', 'BRK.B'],
    ['kPEPE', 'kPEPE'],
    ['MNQ', 'MNQ'],
    ['MNQ!', 'MNQ!'],
    ['MNQ0!', 'MNQ0!'],
    ['MNQ10!', 'MNQ10!'],
    ['MNQA6', 'MNQA6'],
    ['MNQZ', 'MNQZ'],
    ['MNQZ202', 'MNQZ202'],
    ['MNQZ20266', 'MNQZ20266'],
    ['Z6', 'Z6'],
    ['TOOLONGZ6', 'TOOLONGZ6'],
    ['BTCUSDZ2026', 'BTCUSDZ2026'],
    ['NASDAQ:', 'NASDAQ:'],
  ])('%s is neither, but %s', (text, symbol) => {
    expect(parseSymbol(text, NOW_MS)).toEqual({ kind: 'other', symbol });
  });
});

const anyContract: fc.Arbitrary<FuturesContract> = fc.record({
  root: fc.stringMatching(/^[A-Z0-9]{1,4}$/),
  monthCode: fc.constantFrom(...MONTH_CODES),
  year: fc.integer({ min: 2020, max: 2045 }),
});

describe('what is written of a contract', () => {
  it('is a digit of its year, or all four', () => {
    const contract = { root: 'MNQ', monthCode: 'M', year: 2025 };
    expect([contractSymbol(contract), fullContractSymbol(contract)]).toEqual(['MNQM5', 'MNQM2025']);
  });

  it('is read as the same contract', () => {
    fc.assert(
      fc.property(anyContract, (contract) => {
        expect(parseSymbol(fullContractSymbol(contract), NOW_MS)).toMatchObject({ contract });
        const read = parseSymbol(contractSymbol(contract), NOW_MS);
        expect(isToldByItsSymbol(contract, NOW_MS)).toBe(contract.year >= 2023 && contract.year <= 2032);
        if (isToldByItsSymbol(contract, NOW_MS)) {
          expect(read).toMatchObject({ contract });
        }
      }),
    );
  });
});
