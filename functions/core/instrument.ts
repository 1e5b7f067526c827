import type { InstrumentSettings, InstrumentTerms } from './configuration.ts';
import { type Decimal, decimal } from './decimal.ts';
import type { Reason } from './execution.ts';
import { contractAhead, FUTURES_ROOTS, lastDayOf } from './futures.ts';
import {
  contractSymbol,
  type FuturesContract,
  fullContractSymbol,
  isToldByItsSymbol,
  parseSymbol,
} from './futures-symbol.ts';
import { dayIn } from './trading-window.ts';

/** What is traded, in the terms that orders and profits are counted in. */
export interface Instrument {
  /** As venues and books have it. */
  readonly symbol: string;
  /** Prices are multiples of it. Absent: not known. */
  readonly tickSize?: Decimal;
  /** Quantities are multiples of it. Absent: not known. */
  readonly lotSize?: Decimal;
  /** What a price move of 1 is worth per unit of quantity: 1 for what is no future. */
  readonly multiplier: Decimal;
  /** The last day on which it can be traded, `YYYY-MM-DD`. */
  readonly expiresOn?: string;
}

/**
 * What a symbol stands for in an account:
 *
 * - `instrument`: this
 * - `untradable`: this, but no order can be placed in it, for the reason `CONTINUOUS_SYMBOL` (nothing says which contract is
 *   meant) or `CONTRACT_EXPIRED`. Who only counts, or trades it all the same as paper can, takes the instrument
 * - `refused`: nothing, for the reason `SYMBOL_UNKNOWN`
 */
export type FoundInstrument =
  | { readonly kind: 'instrument'; readonly instrument: Instrument }
  | { readonly kind: 'untradable'; readonly instrument: Instrument; readonly reason: Reason }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** What is known of a root's contracts, whose multiplier is known in any case. */
type RootTerms = InstrumentTerms & Required<Pick<InstrumentTerms, 'multiplier'>>;

const ONE = decimal(1);

/** Finds what a signal's symbol stands for, by an account's settings and the table of futures, at a moment. */
export function instrumentOf(symbol: string, settings: InstrumentSettings, nowMs: number): FoundInstrument {
  const parsed = parseSymbol(symbol, nowMs);
  if (parsed.kind === 'other') {
    return otherInstrument(parsed.symbol, settings);
  }
  const root = parsed.kind === 'contract' ? parsed.contract.root : parsed.root;
  const terms = termsOfRoot(root, settings);
  if (terms === undefined) {
    return unknownRoot(parsed.symbol, root, settings);
  }
  if (parsed.kind === 'contract') {
    return contractInstrument(parsed.contract, terms, settings, nowMs);
  }
  const contract = contractFor(parsed, terms, nowMs);
  return contract
    ? contractInstrument(contract, terms, settings, nowMs)
    : continuousInstrument(parsed, terms);
}

function contractInstrument(
  contract: FuturesContract,
  rootTerms: RootTerms,
  settings: InstrumentSettings,
  nowMs: number,
): FoundInstrument {
  const symbol = contractSymbol(contract);
  const months = FUTURES_ROOTS.get(contract.root)?.months;
  if (months?.includes(contract.monthCode) === false) {
    return unknown(`${symbol} is no contract: ${contract.root} is traded in the months ${months}.`);
  }
  if (!isToldByItsSymbol(contract, nowMs)) {
    return unknown(`${fullContractSymbol(contract)} is too far from today: ${symbol} is another contract.`);
  }
  const expiresOn = lastDayOf(contract);
  const found = { ...instrument(symbol, { ...rootTerms, ...termsOf(symbol, settings) }), expiresOn };
  return dayIn('UTC', nowMs) > expiresOn
    ? untradable(
        found,
        'CONTRACT_EXPIRED',
        `${fullContractSymbol(contract)} could be traded until ${expiresOn}.`,
      )
    : { kind: 'instrument', instrument: found };
}

/** The contract that a continuous symbol stands for: the front month may be pinned, others follow from the calendar. */
function contractFor(
  { root, nth }: { readonly root: string; readonly nth: number },
  { contract, rollDaysBeforeExpiry }: InstrumentTerms,
  nowMs: number,
): FuturesContract | undefined {
  if (contract !== undefined && nth === 1) {
    const pinned = parseSymbol(contract, nowMs);
    return pinned.kind === 'contract' && pinned.contract.root === root ? pinned.contract : undefined;
  }
  return rollDaysBeforeExpiry === undefined
    ? undefined
    : contractAhead(root, nth, { rollDaysBeforeExpiry, nowMs });
}

function continuousInstrument(
  { root, nth }: { readonly root: string; readonly nth: number },
  terms: RootTerms,
): FoundInstrument {
  const symbol = `${root}${nth}!`;
  const message = `${symbol} is no contract, and the account's instruments.${root} does not say which one it stands for.`;
  return untradable(instrument(symbol, terms), 'CONTINUOUS_SYMBOL', message);
}

function otherInstrument(symbol: string, settings: InstrumentSettings): FoundInstrument {
  return symbol.endsWith('!')
    ? unknown(`${symbol} is no continuous symbol: that is a root, a digit above 0 and "!", as in MNQ1!.`)
    : { kind: 'instrument', instrument: instrument(symbol, termsOf(symbol, settings)) };
}

/**
 * What looks like a future is not counted as one of something, for it might be worth fifty. The account may say that it is
 * something else, such as an index named after how many shares it has.
 */
function unknownRoot(symbol: string, root: string, settings: InstrumentSettings): FoundInstrument {
  if (termsOf(symbol, settings).multiplier !== undefined) {
    return otherInstrument(symbol, settings);
  }
  const orElse = symbol.endsWith('!') ? '' : `, or instruments.${symbol}.multiplier if it is none`;
  return unknown(
    `${symbol} looks like a future on ${root}, which is not known here: the account has to say instruments.${root}.multiplier${orElse}.`,
  );
}

/** What is known of a root: the table's word, where the account does not say otherwise. Futures are traded in wholes. */
function termsOfRoot(root: string, settings: InstrumentSettings): RootTerms | undefined {
  const known = FUTURES_ROOTS.get(root);
  const configured = termsOf(root, settings);
  const multiplier = configured.multiplier ?? known?.multiplier;
  return (
    multiplier && { lotSize: ONE, ...(known && { tickSize: known.tickSize }), ...configured, multiplier }
  );
}

function termsOf(name: string, settings: InstrumentSettings): InstrumentTerms {
  return (Object.hasOwn(settings, name) ? settings[name] : undefined) ?? {};
}

function instrument(symbol: string, { tickSize, lotSize, multiplier = ONE }: InstrumentTerms): Instrument {
  return {
    symbol,
    multiplier,
    ...(tickSize === undefined ? {} : { tickSize }),
    ...(lotSize === undefined ? {} : { lotSize }),
  };
}

function unknown(message: string): FoundInstrument {
  return { kind: 'refused', reason: { code: 'SYMBOL_UNKNOWN', message } };
}

function untradable(found: Instrument, code: string, message: string): FoundInstrument {
  return { kind: 'untradable', instrument: found, reason: { code, message } };
}
