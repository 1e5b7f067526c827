import type { ActivityEntry } from '../core/activity.ts';
import { isZero } from '../core/decimal.ts';
import { hasProtection, type Trade } from '../core/trade.ts';
import { stateOfTrade } from '../core/trade-state.ts';
import { booksOf } from '../ledger/positions.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { canonicalJson } from '../shared/json.ts';

/** What the trades in an account's item tell. That one is over is in its record. */
export function liveTradeChanges(
  before: AccountState | undefined,
  after: AccountState | undefined,
): ActivityEntry[] {
  return Object.entries(after?.trades ?? {}).flatMap(([id, now]) => {
    const then = before?.trades[id];
    return [...stateChange(then, before, now, after), ...protectionChange(then, now)];
  });
}

function stateChange(
  then: Trade | undefined,
  before: AccountState | undefined,
  now: Trade,
  after: AccountState | undefined,
): ActivityEntry[] {
  const state = stateIn(after, now);
  const from = stateIn(before, then);
  if (state === undefined || (state === from && then?.openQuantity === now.openQuantity)) {
    return [];
  }
  const { executionId, symbol, side, openQuantity, entryPrice, realizedPnl } = now;
  return [
    {
      type: 'TRADE_CHANGED',
      ...{ executionId, symbol, side, state },
      ...(from === undefined ? {} : { from }),
      openQuantity,
      ...(isZero(entryPrice) ? {} : { entryPrice }),
      realizedPnl,
    },
  ];
}

function stateIn(account: AccountState | undefined, trade: Trade | undefined) {
  return account && trade && stateOfTrade(trade, booksOf(account), account.activeExecution?.intent?.orders);
}

function protectionChange(then: Trade | undefined, now: Trade): ActivityEntry[] {
  const { executionId, symbol, side, protection, refusal } = now;
  const isSame = then
    ? canonicalJson(then.protection) === canonicalJson(protection) && then.refusal === refusal
    : !hasProtection(protection);
  return isSame
    ? []
    : [
        {
          type: 'TRADE_PROTECTION_CHANGED',
          ...{ executionId, symbol, side, protection },
          ...(refusal === undefined ? {} : { refusal }),
        },
      ];
}
