import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { type SignalId, signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { countDuplicate, readReceipt, recordReceipt } from '../../functions/ledger/receipts.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const webhookId = 'hook' as WebhookId;
const newSignal = (key: string) => signalIdOf(webhookId, key, Date.parse('2026-11-22T10:00:00Z'));

const common = (signalId: SignalId) => ({
  signalId,
  webhookId,
  correlationId: 'c',
  receivedAtMs: 1,
  sourceIp: '203.0.113.1',
  duplicates: 0,
});

const refused = (signalId: SignalId, code: string): Receipt => ({
  ...common(signalId),
  status: 'refused',
  reason: { code, message: code },
});

const accepted = (signalId: SignalId): Receipt => ({
  ...common(signalId),
  status: 'accepted',
  signal: { symbol: 'MNQM5', action: 'buy', quantity: decimal(1), timeInForce: 'day' },
  targets: [],
});

describe('the receipt of a signal', () => {
  it('that was accepted is not turned into a refusal', async () => {
    const signalId = newSignal('accepted');
    await recordReceipt(store.ledger, accepted(signalId));
    await recordReceipt(store.ledger, refused(signalId, 'RATE_LIMITED'));
    expect(await readReceipt(store.ledger, signalId)).toEqual(accepted(signalId));
  });

  it('that was refused says why it was refused last, until it is accepted', async () => {
    const signalId = newSignal('refused');
    await recordReceipt(store.ledger, refused(signalId, 'RATE_LIMITED'));
    await recordReceipt(store.ledger, refused(signalId, 'SIGNAL_TOO_OLD'));
    expect(await readReceipt(store.ledger, signalId)).toMatchObject({ reason: { code: 'SIGNAL_TOO_OLD' } });
    await recordReceipt(store.ledger, accepted(signalId));
    expect(await readReceipt(store.ledger, signalId)).toEqual(accepted(signalId));
  });

  it('counts duplicates, and is not made by one', async () => {
    const [known, unknown] = [newSignal('known'), newSignal('unknown')];
    await recordReceipt(store.ledger, accepted(known));
    const counted = { ...accepted(known), duplicates: 1 };
    expect(await countDuplicate(store.ledger, known)).toEqual(counted);
    expect(await readReceipt(store.ledger, known)).toEqual(counted);
    expect(await countDuplicate(store.ledger, unknown)).toBeUndefined();
    expect(await readReceipt(store.ledger, unknown)).toBeUndefined();
  });

  it('that was refused counts no duplicates: it has no answer to be given to them', async () => {
    const signalId = newSignal('refused-only');
    await recordReceipt(store.ledger, refused(signalId, 'RATE_LIMITED'));
    expect(await countDuplicate(store.ledger, signalId)).toBeUndefined();
    expect(await readReceipt(store.ledger, signalId)).toMatchObject({ duplicates: 0 });
  });
});
