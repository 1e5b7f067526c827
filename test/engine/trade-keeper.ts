import { decimal } from '../../functions/core/decimal.ts';
import { type ExecutionId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import type { Signal } from '../../functions/core/signal.ts';
import type { Protection } from '../../functions/core/trade.ts';
import { type ChangeCommand, changeTrade } from '../../functions/engine/change-trade.ts';
import { closeTrade } from '../../functions/engine/close-trade.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { listEndedTrades } from '../../functions/ledger/trades.ts';
import { createTrader, type TraderOptions } from '../support/trader.ts';

export const at = (value: number) => ({ type: 'price', price: decimal(value) }) as const;

/** Two bought at 100, closed at 95 or 110. */
export const BRACKET: Partial<Signal> = {
  quantity: decimal(2),
  price: decimal(100),
  stopLoss: at(95),
  takeProfit: at(110),
};

/** Longer than any lease. */
const LEASE_LAPSES_MS = 4_000;

let commands = 0;

/** A trader, and the means to change and close its trades as an operator does. */
export async function tradeKeeper(ledger: Ledger, options: TraderOptions = {}) {
  const made = await createTrader(ledger, options);
  const { accountId, clock } = made;
  const trades = async () => Object.values((await made.account()).trades);
  return {
    ...made,
    trades,
    /** Enters, and says which trade that is. */
    enter: async (signal: Partial<Signal> = BRACKET) => (await made.signal(signal)).executionId,
    change: (
      tradeId: ExecutionId,
      changed: Protection | ((before: Protection) => Protection),
      { engine = made.engine, refuse = () => undefined }: Partial<ChangeCommand> & { engine?: Engine } = {},
    ) =>
      changeTrade(engine, {
        accountId,
        tradeId,
        changed: typeof changed === 'function' ? changed : () => changed,
        refuse,
      }),
    close: (tradeId: ExecutionId, keep = 0, engine: Engine = made.engine) => {
      commands += 1;
      const receivedAtMs = clock.now();
      const signalId = signalIdOf('operator' as WebhookId, `close ${commands}`, receivedAtMs);
      const command = { accountId, signalId, correlationId: 'operator', receivedAtMs };
      return closeTrade(engine, command, { tradeId, symbol: 'MNQM5', keep: decimal(keep) });
    },
    /** What the reconciler does, once the lease of whoever died has lapsed. */
    tend: () => {
      clock.advance(LEASE_LAPSES_MS);
      return reconcileAccount(made.engine, accountId);
    },
    ended: async () =>
      (await listEndedTrades(ledger, accountId, { from: '', to: '~', order: 'newest-first', limit: 10 }))
        .trades,
    /** What works at the venue: `sell stop 2 NEW 0`. */
    working: async () =>
      (await made.venue()).filter((order) => / (NEW|PARTIALLY_FILLED) /.test(order)).sort(),
    /** The prices of the protective orders in the books, without those that are only suspected at the venue. */
    prices: async () =>
      Object.values((await made.account()).openOrders)
        .filter(({ watchUntilMs }) => watchUntilMs === undefined)
        .map(({ order }) =>
          order.type === 'limit' ? order.limitPrice : 'stopPrice' in order ? order.stopPrice : order.type,
        )
        .sort(),
  };
}
