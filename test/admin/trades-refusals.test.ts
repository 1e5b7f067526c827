import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Signal } from '../../functions/core/signal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import type { TraderOptions } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { newTrader, receiptOf } from './operations-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const at = (price: string) => ({ type: 'price', price: decimal(price) }) as const;
const RISK: TraderOptions = {
  strategy: { sizing: { type: 'riskAmount', amount: decimal(100) }, allowShort: true },
};
const ROLLED: TraderOptions = { account: { instruments: { MNQ: { contract: 'MNQZ25' } } } };

/** What a trader can get wrong, and what only the account shows: the price is 100. */
test.each<[code: string, signal: Partial<Signal>, options?: TraderOptions]>([
  ['STOP_LOSS_WRONG_SIDE', { stopLoss: at('101') }],
  ['STOP_LOSS_WRONG_SIDE', { action: 'sell', stopLoss: at('99') }, { strategy: { allowShort: true } }],
  ['TAKE_PROFIT_WRONG_SIDE', { takeProfit: at('99') }],
  ['ZERO_RISK_DISTANCE', { stopLoss: at('100') }],
  ['ZERO_RISK_DISTANCE', { stopLoss: at('100') }, RISK],
  ['ZERO_RISK_DISTANCE', { stopLoss: at('99.9') }, RISK],
  ['STOP_MISSING', {}, RISK],
  ['QUANTITY_BELOW_LOT', { quantity: decimal('0.5') }],
  ['QUANTITY_NOT_IN_LOTS', { quantity: decimal('1.5') }],
  ['QUANTITY_NOT_IN_LOTS', { action: 'target', targetQuantity: decimal('1.5') }],
  ['QUANTITY_BELOW_LOT', { stopLoss: at('49.75') }, RISK],
  ['SYMBOL_UNKNOWN', { symbol: 'MNQX6' }],
  ['SYMBOL_UNKNOWN', { symbol: 'CBOT:ZCZ2026' }],
  ['CONTRACT_EXPIRED', { symbol: 'MNQM2025' }],
  ['CONTRACT_EXPIRED', { symbol: 'CME_MINI:MNQM25' }],
  ['CONTRACT_EXPIRED', { symbol: 'CME_MINI:MNQ1!' }, ROLLED],
])('%s is the reason on the receipt of %j, and the venue hears nothing', async (code, signal, options) => {
  const trader = await newTrader(admin.ledger, options);
  const request = trader.request(signal);
  await recordReceipt(admin.ledger, receiptOf(request));
  await execute(trader.engine, request);
  const { body } = await admin.get(`/signals/${request.signalId}`);
  expect(body.executions).toMatchObject([{ status: 'REJECTED', reason: code, orders: [] }]);
  expect(await trader.venue()).toEqual([]);
});
