/** The months' codes, from January to December. */
export const MONTH_CODES = 'FGHJKMNQUVXZ';

/** A futures contract, by what its symbol says. */
export interface FuturesContract {
  /** What it is a contract on, for example `MNQ`. */
  readonly root: string;
  /** One of {@link MONTH_CODES}. */
  readonly monthCode: string;
  readonly year: number;
}

/** What a symbol stands for by its form; whether there is such a contract, the form does not tell. */
export type ParsedSymbol = {
  /** As it was sent, without the exchange before it. */
  readonly symbol: string;
} & (
  | { readonly kind: 'contract'; readonly contract: FuturesContract }
  /** `nth` is 1 for the front month, 2 for the one after it. */
  | { readonly kind: 'continuous'; readonly root: string; readonly nth: number }
  | { readonly kind: 'other' }
);

/** A year of one digit is one of ten that begin so many years back: contracts are traded for years before they expire. */
const YEARS_BACK = 3;

/** As TradingView puts it before a symbol; `_DL` and `_DLY` at its end say where prices come from, not what is traded. */
const EXCHANGE = /^[A-Z][A-Z0-9_]*:(?=.)/i;
const ROOT = '[A-Z0-9]{1,4}';
const CONTRACT = new RegExp(`^(${ROOT})([${MONTH_CODES}])(\\d{4}|\\d{1,2})$`);
const CONTINUOUS = new RegExp(`^(${ROOT})([1-9])!$`);

/**
 * Reads a symbol as signals have it, with or without the exchange before it.
 *
 *     MNQM5, MNQM25, MNQM2025    a contract, in upper or lower case
 *     MNQ1!, MNQ2!               the front month, and the one after it
 *     AAPL, BTC/USD              anything else
 *
 * @param nowMs what a year of one digit is counted from, milliseconds since the epoch
 */
export function parseSymbol(text: string, nowMs: number): ParsedSymbol {
  const symbol = text.replace(EXCHANGE, '');
  const upperCase = symbol.toUpperCase();
  const [, continuousRoot, nth] = CONTINUOUS.exec(upperCase) ?? [];
  if (continuousRoot !== undefined) {
    return { kind: 'continuous', symbol, root: continuousRoot, nth: Number(nth) };
  }
  const [, root, monthCode, year] = CONTRACT.exec(upperCase) ?? [];
  return root === undefined || monthCode === undefined || year === undefined
    ? { kind: 'other', symbol }
    : { kind: 'contract', symbol, contract: { root, monthCode, year: yearOf(year, nowMs) } };
}

/** A contract's symbol as Tradovate has it, and everything else in Onefill: `MNQM5`. */
export function contractSymbol({ root, monthCode, year }: FuturesContract): string {
  return `${root}${monthCode}${year % 10}`;
}

/** A contract's symbol with its whole year, as TradingView has it: `MNQM2025`. */
export function fullContractSymbol({ root, monthCode, year }: FuturesContract): string {
  return `${root}${monthCode}${year}`;
}

/** Whether a contract is the one that its symbol with one digit is read as: that of ten years later has the same. */
export function isToldByItsSymbol({ year }: FuturesContract, nowMs: number): boolean {
  return yearOf(String(year % 10), nowMs) === year;
}

function yearOf(digits: string, nowMs: number): number {
  const year = Number(digits);
  if (digits.length === 4) {
    return year;
  }
  if (digits.length === 2) {
    return 2_000 + year;
  }
  const earliest = new Date(nowMs).getUTCFullYear() - YEARS_BACK;
  return earliest + ((year - (earliest % 10) + 10) % 10);
}
