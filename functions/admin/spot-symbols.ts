import * as z from 'zod/mini';
import { pattern, symbol } from './fields.ts';

const SYMBOLS_MAX = 50;
const countMessage = `must be an object of 1 to ${SYMBOLS_MAX} symbols such as {"BTCUSDT":"BTC/USDT"}`;

const currencies = pattern(
  /^[A-Z0-9]{1,15}\/[A-Z0-9]{1,15}$/,
  'must be base and quote currency in capitals, for example BTC/USDT',
);

/** What an account at a spot market trades: the symbols of signals, and the currencies that each stands for. */
export const spotSymbols = z.record(symbol, currencies, countMessage).check(
  z.refine((symbols) => isBetween(Object.keys(symbols).length, 1, SYMBOLS_MAX), countMessage),
  z.refine(
    (symbols) => new Set(partsOf(symbols, 1)).size <= 1,
    'must all have one quote currency: it is the account’s own',
  ),
  z.refine(
    (symbols) => new Set(partsOf(symbols, 0)).size === Object.keys(symbols).length,
    'must have each base currency once: what is held of it is one position',
  ),
);

function isBetween(count: number, least: number, most: number): boolean {
  return least <= count && count <= most;
}

function partsOf(symbols: Readonly<Record<string, string>>, index: 0 | 1): readonly (string | undefined)[] {
  return Object.values(symbols).map((currenciesOf) => currenciesOf.split('/')[index]);
}
