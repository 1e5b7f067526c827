import type { Account } from './configuration.ts';
import { type Decimal, decimal, isZero } from './decimal.ts';
import type { Reason } from './execution.ts';
import { contractSymbol, isToldByItsSymbol, type ParsedSymbol, parseSymbol } from './futures-symbol.ts';
import { type Instrument, instrumentOf } from './instrument.ts';
import { type Positions, positionIn } from './position.ts';

/** What an account trades when a signal names a symbol, or why it does not. */
export type Tradable =
  | { readonly kind: 'instrument'; readonly instrument: Instrument }
  | { readonly kind: 'deny'; readonly reason: Reason };

const ONE = decimal(1);
const ONE_DIGIT_YEAR = /[A-Z]\d$/i;

/**
 * What an account trades a symbol as. The paper venue has no calendar: it trades a continuous symbol as it is, and a contract
 * whose symbol fits a year to come as well as one that is over. A year of more digits says which one it means, and so does the
 * account that pins a continuous symbol.
 */
export function tradableIn(account: Account, symbol: string, nowMs: number): Tradable {
  const found = instrumentOf(symbol, account.instruments ?? {}, nowMs);
  switch (found.kind) {
    case 'instrument':
      return found;
    case 'untradable':
      return account.broker === 'paper' && isTradedOnPaper(found.reason, symbol)
        ? { kind: 'instrument', instrument: found.instrument }
        : { kind: 'deny', reason: found.reason };
    case 'refused':
      return { kind: 'deny', reason: found.reason };
  }
}

function isTradedOnPaper({ code }: Reason, symbol: string): boolean {
  return code === 'CONTINUOUS_SYMBOL' || ONE_DIGIT_YEAR.test(symbol);
}

/**
 * What is held that an exit means by a symbol. Whatever is held can be closed: a contract that is over, one that a
 * continuous symbol stood for before it rolled, and what is not known any more.
 */
export function heldInstrument(
  account: Account,
  symbol: string,
  positions: Positions,
  nowMs: number,
): Instrument {
  const found = instrumentOf(symbol, account.instruments ?? {}, nowMs);
  const parsed = parseSymbol(symbol, nowMs);
  const instrument =
    found.kind === 'refused' ? { symbol: unknownSymbol(parsed, nowMs), multiplier: ONE } : found.instrument;
  if (parsed.kind !== 'continuous' || !isZero(positionIn(positions, instrument.symbol).quantity)) {
    return instrument;
  }
  const held = Object.keys(positions).filter(
    (each) => !isZero(positionIn(positions, each).quantity) && rootOf(each, nowMs) === parsed.root,
  );
  const [only, ...more] = held;
  return only === undefined || more.length > 0 ? instrument : { ...instrument, symbol: only };
}

/** How books would have what is not known, or not any more. */
function unknownSymbol(parsed: ParsedSymbol, nowMs: number): string {
  return parsed.kind === 'contract' && isToldByItsSymbol(parsed.contract, nowMs)
    ? contractSymbol(parsed.contract)
    : parsed.symbol;
}

function rootOf(symbol: string, nowMs: number): string | undefined {
  const parsed = parseSymbol(symbol, nowMs);
  return parsed.kind === 'contract' ? parsed.contract.root : undefined;
}

/** What is known of a symbol that an account holds. */
export interface SymbolTerms {
  /** What a price step of 1 of one unit is worth, in money. */
  readonly multiplier: Decimal;
  /** Prices are multiples of it. Absent: not known. */
  readonly tickSize?: Decimal;
  /** Quantities are multiples of it. Absent: not known. */
  readonly lotSize?: Decimal;
}

/** The terms in which an account trades a symbol at a moment; 1 each where nothing is known. */
export function termsOf({ instruments = {} }: Account, symbol: string, nowMs: number): SymbolTerms {
  const found = instrumentOf(symbol, instruments, nowMs);
  return found.kind === 'refused' ? { multiplier: ONE } : found.instrument;
}
