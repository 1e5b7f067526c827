import {
  IdempotencyConfig,
  type IdempotencyItemAlreadyExistsError,
} from '@aws-lambda-powertools/idempotency';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import { SignalClaim } from '../../functions/ingest/signal-claim.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';

/** An attempt may take that long; after it the next one may take over. */
const REMAINING_MS = 5_000;
const ALREADY_THERE = 'The signal was received before.';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

let keys = 0;
const newKey = () => {
  keys += 1;
  return { key: `key-${keys}`, payloadHash: 'hash' };
};

/** One attempt to receive the signal of a key, now or later, through this client. */
function attempt(claimId: string, options: { laterMs?: number; client?: Ledger['client'] } = {}) {
  const { laterMs = 0, client = store.ledger.client } = options;
  const claim = new SignalClaim({
    client,
    tableName: store.idempotencyTableName,
    mintedSignalId: signalIdOf('hook' as WebhookId, claimId, Date.now()),
    claimId,
    nowMs: () => Date.now() + laterMs,
  });
  claim.configure({
    config: new IdempotencyConfig({
      eventKeyJmesPath: 'key',
      payloadValidationJmesPath: 'payloadHash',
      expiresAfterSeconds: 300,
    }),
  });
  return claim;
}

type Send = (command: object) => Promise<unknown>;

/** The store's client with something else in the place of an update. */
function updating(update: (send: Send, command: object) => Promise<unknown>): Ledger['client'] {
  const send: Send = (command) =>
    store.ledger.client.send(command as Parameters<Ledger['client']['send']>[0]) as Promise<unknown>;
  return new Proxy(store.ledger.client, {
    get: (target, property) =>
      property === 'send'
        ? (command: object) => (command instanceof UpdateCommand ? update(send, command) : send(command))
        : Reflect.get(target, property),
  });
}

/** The record of a key as the next request with the key is told. */
function recordOf(key: ReturnType<typeof newKey>) {
  return attempt('reader')
    .saveInProgress(key, REMAINING_MS)
    .then(
      () => expect.fail('There was no record.'),
      (error: IdempotencyItemAlreadyExistsError) => error.existingRecord ?? expect.fail(error.message),
    );
}

const LATER = { laterMs: REMAINING_MS + 1_000 };

describe('the claim of a signal', () => {
  it('stays ours when the SDK repeats it after a lost answer', async () => {
    const key = newKey();
    const claim = attempt('first');
    await claim.saveInProgress(key, REMAINING_MS);
    const { signalId } = claim;
    await claim.saveInProgress(key, REMAINING_MS);
    expect(claim).toMatchObject({ signalId, resumes: false });
  });

  it('is taken over with its signal id once its attempt must have ended', async () => {
    const key = newKey();
    const first = attempt('first');
    await first.saveInProgress(key, REMAINING_MS);
    await expect(attempt('early').saveInProgress(key, REMAINING_MS)).rejects.toThrow(ALREADY_THERE);
    const second = attempt('second', LATER);
    await second.saveInProgress(key, REMAINING_MS);
    expect(second).toMatchObject({ signalId: first.signalId, resumes: true });
  });

  it('is taken over although the SDK repeats that after a lost answer', async () => {
    const key = newKey();
    await attempt('first').saveInProgress(key, REMAINING_MS);
    const client = updating(async (send, command) => {
      await send(command);
      return send(command);
    });
    const second = attempt('second', { ...LATER, client });
    await second.saveInProgress(key, REMAINING_MS);
    expect(second.resumes).toBe(true);
  });

  it('is taken over by one of two that find it lapsed', async () => {
    const key = newKey();
    await attempt('first').saveInProgress(key, REMAINING_MS);
    const client = updating(async (send, command) => {
      await attempt('faster', LATER).saveInProgress(key, REMAINING_MS);
      return send(command);
    });
    await expect(attempt('slower', { ...LATER, client }).saveInProgress(key, REMAINING_MS)).rejects.toThrow(
      ALREADY_THERE,
    );
  });

  it('is not taken over from an attempt that ends at this moment', async () => {
    const key = newKey();
    const first = attempt('first');
    await first.saveInProgress(key, REMAINING_MS);
    const client = updating(async (send, command) => {
      await first.saveSuccess(key, { answer: 'first' });
      return send(command);
    });
    await expect(attempt('second', { ...LATER, client }).saveInProgress(key, REMAINING_MS)).rejects.toThrow(
      ALREADY_THERE,
    );
    expect((await recordOf(key)).responseData).toEqual({ answer: 'first' });
  });
});

describe('an attempt that was overtaken', () => {
  it('does not answer for its successor', async () => {
    const key = newKey();
    const [first, second] = [attempt('first'), attempt('second', LATER)];
    await first.saveInProgress(key, REMAINING_MS);
    await second.saveInProgress(key, REMAINING_MS);
    await first.saveSuccess(key, { answer: 'first' });
    expect((await recordOf(key)).getStatus()).toBe('INPROGRESS');
    await second.saveSuccess(key, { answer: 'second' });
    expect((await recordOf(key)).responseData).toEqual({ answer: 'second' });
  });

  it('does not give up what its successor is at work on', async () => {
    const key = newKey();
    const first = attempt('first');
    await first.saveInProgress(key, REMAINING_MS);
    await attempt('second', LATER).saveInProgress(key, 2 * REMAINING_MS);
    await first.deleteRecord(key);
    await expect(attempt('third').saveInProgress(key, REMAINING_MS)).rejects.toThrow(ALREADY_THERE);
  });

  it('gives up its own claim for the next one, who does not resume what was never begun', async () => {
    const key = newKey();
    const first = attempt('first');
    await first.saveInProgress(key, REMAINING_MS);
    await first.deleteRecord(key);
    const second = attempt('second');
    await second.saveInProgress(key, REMAINING_MS);
    expect(second).toMatchObject({ signalId: first.signalId, resumes: false });
  });
});
