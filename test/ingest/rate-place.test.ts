import { setImmediate as turn } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import { RatePlace } from '../../functions/ingest/rate-place.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00Z');

function place(key: string, claimId: string, webhookId = 'hook', ledger = store.ledger): RatePlace {
  const subject = { webhookId: webhookId as WebhookId, sourceIp: '203.0.113.7' };
  const limit = { limit: 1, windowSeconds: 60 };
  return new RatePlace(ledger, { subject, limit, keyHash: key, claimId, nowMs: NOW_MS }, new Map());
}

it('is there for a signal whose own copy took the last one, and for no other signal', async () => {
  const copy = place('signal', 'copy');
  await expect(copy.admission()).resolves.toMatchObject({ admitted: true });
  const signal = place('signal', 'signal');
  await expect(signal.admission()).resolves.toMatchObject({ admitted: true });
  await copy.giveBack();
  await expect(place('other', 'early').admission()).resolves.toMatchObject({ admitted: false });
  await signal.giveBack();
  await expect(place('other', 'late').admission()).resolves.toMatchObject({ admitted: true });
});

it('is asked for again by a copy that gave it back before it became the signal', async () => {
  const [copy, other] = [place('again', 'copy', 'again'), () => place('other', 'other', 'again')];
  await copy.giveBack();
  await copy.giveBack();
  await expect(copy.admission()).resolves.toMatchObject({ admitted: true });
  await expect(other().admission()).resolves.toMatchObject({ admitted: false });
  await copy.giveBack();
  await expect(copy.admission()).resolves.toMatchObject({ admitted: true });
  await expect(other().admission()).resolves.toMatchObject({ admitted: false });
});

it('is refused to a copy that gave it back and finds it taken', async () => {
  const copy = place('slow', 'copy', 'slow');
  await copy.giveBack();
  await expect(place('other', 'faster', 'slow').admission()).resolves.toMatchObject({ admitted: true });
  await expect(copy.admission()).resolves.toMatchObject({ admitted: false });
});

it('is there for a signal, however often the last one changes hands among copies of it before it is shared', async () => {
  // Every call is over within one turn.
  const { ledger } = modelLedger();
  const holder = place('signal', 'first copy', 'crowd', ledger);
  await expect(holder.admission()).resolves.toMatchObject({ admitted: true });
  const signal = place('signal', 'signal', 'crowd', ledger);
  await turn();
  await holder.giveBack();
  const nextHolder = place('signal', 'second copy', 'crowd', ledger);
  await expect(nextHolder.admission()).resolves.toMatchObject({ admitted: true });
  await expect(signal.admission()).resolves.toMatchObject({ admitted: true });
  await expect(place('other', 'other', 'crowd', ledger).admission()).resolves.toMatchObject({
    admitted: false,
  });
});
