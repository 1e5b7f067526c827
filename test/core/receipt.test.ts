import { expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, SignalId, StrategyId, WebhookId } from '../../functions/core/ids.ts';
import { type AcceptedReceipt, requestsOf } from '../../functions/core/receipt.ts';
import { EXECUTION_ID } from './order-of.ts';

const target = {
  executionId: EXECUTION_ID,
  strategyId: 'strategy' as StrategyId,
  accountId: 'account' as AccountId,
};
const RECEIPT: AcceptedReceipt = {
  status: 'accepted',
  signalId: 'sig_0' as SignalId,
  webhookId: 'hook' as WebhookId,
  correlationId: 'correlation',
  receivedAtMs: 1_000,
  sourceIp: '127.0.0.1',
  duplicates: 0,
  signal: { symbol: 'MNQM5', action: 'buy', timeInForce: 'day' },
  targets: [{ ...target, multiplier: decimal(2) }],
  maxSignalAgeSeconds: 60,
};

it('a receipt has all that its messages had', () => {
  expect(requestsOf(RECEIPT)).toEqual([
    {
      ...target,
      signalId: 'sig_0',
      webhookId: 'hook',
      signal: RECEIPT.signal,
      correlationId: 'correlation',
      receivedAtMs: 1_000,
      maxSignalAgeSeconds: 60,
      multiplier: '2',
    },
  ]);
});

it('a receipt of version 0.1 has not', () => {
  const { maxSignalAgeSeconds: _, ...old } = RECEIPT;
  expect(requestsOf(old)).toEqual([]);
  expect(requestsOf({ ...RECEIPT, targets: [target] })).toEqual([]);
});
