import type { Books } from '../core/books.ts';
import type { Reason } from '../core/execution.ts';
import { ONEFILL } from '../core/halt.ts';
import type { AccountId, ExecutionId } from '../core/ids.ts';
import type { Protection, Trade } from '../core/trade.ts';
import { stateOfTrade, type TradeState } from '../core/trade-state.ts';
import { bookOpenOrders, releaseAccount } from '../ledger/held-account.ts';
import { booksOf } from '../ledger/positions.ts';
import type { Engine } from './engine.ts';
import { keepTrades, needsKeeping } from './keep-trades.ts';
import { followOpenOrders } from './open-orders.ts';
import { finish } from './recover.ts';
import { hasIntent } from './saga.ts';
import { type Venue, venueOf } from './venue.ts';
import { type Hold, withAccount } from './with-account.ts';

/** An operator's word: protect a trade by something else. */
export interface ChangeCommand {
  readonly accountId: AccountId;
  readonly tradeId: ExecutionId;
  /** What it is to be protected by, given what it is protected by. */
  readonly changed: (protection: Protection) => Protection;
  /** Why a trade cannot be protected like that, as far as it tells before the venue is asked. */
  readonly refuse: (trade: Trade, wanted: Protection, books: Books, venue: Venue) => Reason | undefined;
}

/**
 * What changing a trade came to. `changed`: stored, and at the venue if anything is held. `refused`: before anything was
 * changed, or by the venue, and what protected the trade before does again. `not-open`: it is being closed, or is over.
 * `unknown`: the venue does not say; `isStored` tells whether the change is done as soon as it does.
 */
export type ChangeResult =
  | { readonly kind: 'changed' | 'contended' | 'not-found' | 'halted' }
  | { readonly kind: 'refused'; readonly reason: Reason }
  | { readonly kind: 'not-open'; readonly state: TradeState | undefined }
  | { readonly kind: 'unknown'; readonly isStored: boolean };

/** The first finds an unfinished execution, the second the account without it. */
const ATTEMPTS = 2;

/**
 * Changes a trade's take-profit and stop-loss (C1): stored as long as it waits, and brought to the venue once it holds
 * something. What protected it before stays beside the change until the venue has taken that; so a change that the
 * venue refuses leaves the trade protected, whoever hears of it.
 */
export async function changeTrade(engine: Engine, command: ChangeCommand): Promise<ChangeResult> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const held = await withAccount(engine, command.accountId, undefined, (hold) =>
      changeHeld(engine, hold, command),
    );
    if (held.kind !== 'worked') {
      return { kind: held.kind };
    }
    if (held.result !== 'again') {
      return held.result;
    }
  }
  return { kind: 'contended' };
}

async function changeHeld(
  engine: Engine,
  hold: Hold,
  command: ChangeCommand,
): Promise<ChangeResult | 'again'> {
  const { activeExecution, halt } = hold.account;
  if (activeExecution && hasIntent(activeExecution)) {
    const { execution } = await finish(engine, hold, activeExecution);
    return execution.status === 'UNKNOWN' ? { kind: 'unknown', isStored: false } : 'again';
  }
  const result: ChangeResult =
    halt?.haltedBy === ONEFILL ? { kind: 'halted' } : await changeIdle(engine, hold, command);
  await releaseAccount(engine.ledger, hold.fence);
  return result;
}

async function changeIdle(engine: Engine, hold: Hold, command: ChangeCommand): Promise<ChangeResult> {
  const { tradeId, changed, refuse } = command;
  const venue = venueOf(engine, hold);
  const followed = await followOpenOrders(engine, hold, venue, booksOf(hold.account));
  if (followed.unresolved.some(({ executionId }) => executionId === tradeId)) {
    return { kind: 'unknown', isStored: false };
  }
  const books = await keepTrades(engine, hold, venue, followed.books);
  const trade = books.trades[tradeId];
  const state = trade && stateOfTrade(trade, books);
  if (!trade || state === 'CLOSING') {
    return { kind: 'not-open', state };
  }
  // Of an earlier change it is not known yet whether the venue has taken it.
  if (trade.fallback !== undefined) {
    return { kind: 'unknown', isStored: false };
  }
  const wanted = changed(trade.protection);
  const reason = refuse(trade, wanted, books, venue);
  if (reason) {
    return { kind: 'refused', reason };
  }
  const fallback = state === 'OPENED' ? { fallback: trade.protection } : {};
  return bringChange(engine, hold, venue, {
    before: books,
    trade: { ...trade, protection: wanted, ...fallback },
  });
}

/** Durable first, then at the venue: whoever takes the account next goes on with it. */
async function bringChange(
  engine: Engine,
  hold: Hold,
  venue: Venue,
  { before, trade }: { readonly before: Books; readonly trade: Trade },
): Promise<ChangeResult> {
  const after = { ...before, trades: { ...before.trades, [trade.executionId]: trade } };
  await bookOpenOrders(engine.ledger, hold.fence, { before, after });
  let refusal: string | undefined;
  const kept = await keepTrades(engine, hold, venue, after, (refused, why) => {
    refusal = refused === trade.executionId ? (refusal ?? why) : refusal;
  });
  if (refusal !== undefined) {
    return { kind: 'refused', reason: { code: 'PROTECTION_REFUSED', message: refusal } };
  }
  return needsKeeping(engine, hold, kept, venue) ? { kind: 'unknown', isStored: true } : { kind: 'changed' };
}
