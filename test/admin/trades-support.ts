import { decimal } from '../../functions/core/decimal.ts';
import type { TraderOptions } from '../support/trader.ts';
import type { AdminHarness } from './harness.ts';
import { newTrader } from './operations-support.ts';

const at = (value: number) => ({ type: 'price', price: decimal(value) }) as const;

/** Two bought at 100, closed at 95 or 110. */
export const BRACKET = { quantity: decimal(2), price: decimal(100), stopLoss: at(95), takeProfit: at(110) };
export const LIMIT_98 = { type: 'limit', limitPrice: decimal(98) } as const;

/** What operators do with trades. */
export const tradeDesk = (admin: AdminHarness) => ({
  patch: (id: string, body: unknown) => admin.call({ method: 'PATCH', path: `/trades/${id}`, body }),
  close: (id: string, body?: unknown) => admin.post(`/trades/${id}/close`, body),
  adjust: (id: string, quantity: unknown) => admin.post(`/trades/${id}/adjust`, { quantity }),
  move: (accountId: string, price: number) =>
    admin.post(`/accounts/${accountId}/prices`, { symbol: 'MNQM5', price }),
  /** A trader with one trade of 2 MNQM5, bought at 100. */
  entered: async (signal: object = BRACKET, options?: TraderOptions) => {
    const trader = await newTrader(admin.ledger, options);
    const { executionId: id } = await trader.signal(signal);
    return { ...trader, id, read: async () => (await admin.get(`/trades/${id}`)).body };
  },
});
