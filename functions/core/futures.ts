import { type Decimal, decimal } from './decimal.ts';
import { type FuturesContract, MONTH_CODES } from './futures-symbol.ts';
import { dayIn } from './trading-window.ts';

/** The terms that all contracts on one root share. */
export interface FuturesRoot {
  readonly tickSize: Decimal;
  /** Dollars per point and contract. */
  readonly multiplier: Decimal;
  /** The months in which it is traded in earnest, as {@link MONTH_CODES}; others have hardly a price. */
  readonly months: string;
  /** The last day on which a contract can be traded, as midnight UTC, milliseconds since the epoch. */
  readonly lastDayMs: LastDay;
}

/**
 * When a contract was last traded, by the exchange's rule (CME Group's contract specifications, "termination of trading").
 * Holidays are not known here. They only bring it forward, by a day or two, so that no contract counts as expired too early.
 *
 * @param month of the contract, from 1 to 12
 */
type LastDay = (year: number, month: number) => number;

const DAY_MS = 86_400_000;
const QUARTERS = 'HMUZ';
const FRIDAY = 5;
const WEDNESDAY = 3;

/** Index futures: the third Friday of the contract's month. */
const thirdFriday: LastDay = (year, month) => thirdWeekdayMs(year, month, FRIDAY);

/** Currencies: the second business day before the third Wednesday of the contract's month. */
const beforeThirdWednesday: LastDay = (year, month) =>
  businessDaysBefore(2, thirdWeekdayMs(year, month, WEDNESDAY));

/** Gold and silver: the third business day from the end of the contract's month. */
const thirdFromTheEnd = beforeDay(3, 1, 1);

/** Treasury bonds and notes: the seventh business day before the last one of the contract's month. */
const eighthFromTheEnd = beforeDay(8, 1, 1);

/** Natural gas: the third business day from the end of the month before the contract's. */
const naturalGas = beforeDay(3, 0, 1);

/** Crude oil: the third business day before the 25th, or before the last one up to it, of the month before the contract's. */
const crudeOil = beforeDay(4, -1, 26);

/** Micro crude oil: one business day before crude oil. */
const microCrudeOil = beforeDay(5, -1, 26);

const index = (tickSize: string, multiplier: string) => terms(tickSize, multiplier, QUARTERS, thirdFriday);

/** The roots that are known here. An account may say what others are worth. */
export const FUTURES_ROOTS: ReadonlyMap<string, FuturesRoot> = new Map([
  ['ES', index('0.25', '50')],
  ['MES', index('0.25', '5')],
  ['NQ', index('0.25', '20')],
  ['MNQ', index('0.25', '2')],
  ['RTY', index('0.1', '50')],
  ['M2K', index('0.1', '5')],
  ['YM', index('1', '5')],
  ['MYM', index('1', '0.5')],
  ['GC', terms('0.1', '100', 'GJMQVZ', thirdFromTheEnd)],
  ['MGC', terms('0.1', '10', 'GJMQVZ', thirdFromTheEnd)],
  ['SI', terms('0.005', '5000', 'HKNUZ', thirdFromTheEnd)],
  ['CL', terms('0.01', '1000', MONTH_CODES, crudeOil)],
  ['MCL', terms('0.01', '100', MONTH_CODES, microCrudeOil)],
  ['NG', terms('0.001', '10000', MONTH_CODES, naturalGas)],
  ['ZB', terms('0.03125', '1000', QUARTERS, eighthFromTheEnd)],
  ['ZN', terms('0.015625', '1000', QUARTERS, eighthFromTheEnd)],
  ['6E', terms('0.00005', '125000', QUARTERS, beforeThirdWednesday)],
]);

/** The last day on which a contract can be traded, `YYYY-MM-DD`; of an unknown root, the last one of its month. */
export function lastDayOf({ root: name, monthCode, year }: FuturesContract): string {
  const month = MONTH_CODES.indexOf(monthCode) + 1;
  const lastDayMs = FUTURES_ROOTS.get(name)?.lastDayMs ?? endOfMonth;
  return dayIn('UTC', lastDayMs(year, month));
}

/**
 * The nth contract on a root that is known here, counted from the first one that is more than some days from its last.
 *
 * @param nth 1 for the front month
 */
export function contractAhead(
  name: string,
  nth: number,
  { rollDaysBeforeExpiry, nowMs }: { readonly rollDaysBeforeExpiry: number; readonly nowMs: number },
): FuturesContract | undefined {
  const months = FUTURES_ROOTS.get(name)?.months ?? '';
  const rolledBy = dayIn('UTC', nowMs + rollDaysBeforeExpiry * DAY_MS);
  const thisYear = new Date(nowMs).getUTCFullYear();
  return [0, 1, 2, 3]
    .flatMap((ahead) => [...months].map((monthCode) => ({ root: name, monthCode, year: thisYear + ahead })))
    .filter((contract) => lastDayOf(contract) > rolledBy)
    .at(nth - 1);
}

function terms(tickSize: string, multiplier: string, months: string, lastDayMs: LastDay): FuturesRoot {
  return { tickSize: decimal(tickSize), multiplier: decimal(multiplier), months, lastDayMs };
}

/** So many business days before a day of the month that is so many months from the contract's. */
function beforeDay(count: number, monthsFrom: number, day: number): LastDay {
  return (year, month) => businessDaysBefore(count, Date.UTC(year, month - 1 + monthsFrom, day));
}

function endOfMonth(year: number, month: number): number {
  return Date.UTC(year, month, 0);
}

function thirdWeekdayMs(year: number, month: number, weekday: number): number {
  const weekdayOfThe15th = new Date(Date.UTC(year, month - 1, 15)).getUTCDay();
  return Date.UTC(year, month - 1, 15 + ((weekday - weekdayOfThe15th + 7) % 7));
}

/** So many days from Monday to Friday before a day, which does not count itself. */
function businessDaysBefore(count: number, dayMs: number): number {
  let before = dayMs;
  let left = count;
  while (left > 0) {
    before -= DAY_MS;
    left -= isWeekend(before) ? 0 : 1;
  }
  return before;
}

function isWeekend(dayMs: number): boolean {
  const weekday = new Date(dayMs).getUTCDay();
  return weekday === 0 || weekday === 6;
}
