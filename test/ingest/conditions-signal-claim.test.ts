import { IdempotencyConfig, IdempotencyItemAlreadyExistsError } from '@aws-lambda-powertools/idempotency';
import { type PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import { type FoundAcceptance, PayloadConflict, SignalClaim } from '../../functions/ingest/signal-claim.ts';
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
  return { keyHash: `key-${keys}`, payloadHash: 'hash' };
};

/** One attempt to receive the signal of a key, now or later, through this client. */
function attempt(
  key: ReturnType<typeof newKey>,
  claimId: string,
  options: { laterMs?: number; client?: Ledger['client']; found?: FoundAcceptance } = {},
) {
  const { laterMs = 0, client = store.ledger.client, found } = options;
  const claim = new SignalClaim({
    client,
    tableName: store.idempotencyTableName,
    mintedSignalId: signalIdOf('hook' as WebhookId, claimId, Date.now()),
    claimId,
    ...key,
    nowMs: () => Date.now() + laterMs,
    findAcceptance: async () => found,
  });
  claim.configure({
    config: new IdempotencyConfig({ expiresAfterSeconds: 300 }),
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

/** What the next request with a key is told, now or later, when a receipt is there or not. */
async function told(key: ReturnType<typeof newKey>, options: Parameters<typeof attempt>[2] = {}) {
  const error = await attempt(key, 'reader', options)
    .saveInProgress(key.keyHash, REMAINING_MS)
    .then(
      () => undefined,
      (thrown: unknown) => {
        if (thrown instanceof IdempotencyItemAlreadyExistsError) {
          return thrown;
        }
        throw thrown;
      },
    );
  const record = error?.existingRecord;
  return record && { status: record.getStatus(), answer: record.responseData };
}

/** An acceptance that counts how often its messages were sent again. */
function acceptance() {
  const sends: string[] = [];
  const sendAgain = async () => {
    sends.push('again');
  };
  return { found: { answer: { signalId: 'first' }, sendAgain }, sends };
}

const LATER = { laterMs: REMAINING_MS + 1_000 };

describe('the claim of a signal', () => {
  it('stays ours when the SDK repeats it after a lost answer', async () => {
    const key = newKey();
    const claim = attempt(key, 'first');
    await claim.saveInProgress(key.keyHash, REMAINING_MS);
    const { signalId } = claim;
    await claim.saveInProgress(key.keyHash, REMAINING_MS);
    expect(claim).toMatchObject({ signalId, resumes: false });
  });

  it('is taken over with its signal id once its attempt must have ended', async () => {
    const key = newKey();
    const first = attempt(key, 'first');
    await first.saveInProgress(key.keyHash, REMAINING_MS);
    await expect(attempt(key, 'early').saveInProgress(key.keyHash, REMAINING_MS)).rejects.toThrow(
      ALREADY_THERE,
    );
    const second = attempt(key, 'second', LATER);
    await second.saveInProgress(key.keyHash, REMAINING_MS);
    expect(second).toMatchObject({ signalId: first.signalId, resumes: true });
  });

  it('is taken over although the SDK repeats that after a lost answer', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const client = updating(async (send, command) => {
      await send(command);
      return send(command);
    });
    const second = attempt(key, 'second', { ...LATER, client });
    await second.saveInProgress(key.keyHash, REMAINING_MS);
    expect(second.resumes).toBe(true);
  });

  it('is taken over by one of two that find it lapsed', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const client = updating(async (send, command) => {
      await attempt(key, 'faster', LATER).saveInProgress(key.keyHash, REMAINING_MS);
      return send(command);
    });
    await expect(
      attempt(key, 'slower', { ...LATER, client }).saveInProgress(key.keyHash, REMAINING_MS),
    ).rejects.toThrow(ALREADY_THERE);
  });
});

describe('a claimed signal whose receipt is durable', () => {
  const answered = { status: 'COMPLETED', answer: { signalId: 'first' } };

  it('has its answer, from the moment it is', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    expect(await told(key)).toMatchObject({ status: 'INPROGRESS' });
    const { found, sends } = acceptance();
    expect(await told(key, { found })).toEqual(answered);
    expect(sends).toEqual([]);
  });

  it('has its messages sent once more after its attempt: whether they were sent, nobody knows', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const { found, sends } = acceptance();
    expect(await told(key, { ...LATER, found })).toEqual(answered);
    expect(sends).toEqual(['again']);
  });

  it('is left to the reconciler when the attempt is over for a minute', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const { found, sends } = acceptance();
    expect(await told(key, { laterMs: REMAINING_MS + 61_000, found })).toEqual(answered);
    expect(sends).toEqual([]);
  });

  it('is worked on again when its attempt said that it failed', async () => {
    const key = newKey();
    const first = attempt(key, 'first');
    await first.saveInProgress(key.keyHash, REMAINING_MS);
    first.mayHaveSent = true;
    await first.deleteRecord(key.keyHash);
    const second = attempt(key, 'second', { found: acceptance().found });
    await second.saveInProgress(key.keyHash, REMAINING_MS);
    expect(second).toMatchObject({ signalId: first.signalId, resumes: true });
  });

  it('is a conflict for another payload, whatever was found', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const { found, sends } = acceptance();
    const other = { ...key, payloadHash: 'other' };
    await expect(told(other, { ...LATER, found })).rejects.toThrow(PayloadConflict);
    expect(sends).toEqual([]);
  });

  it('may have its answer in the claim, as version 0.1 wrote it', async () => {
    const key = newKey();
    await attempt(key, 'first').saveInProgress(key.keyHash, REMAINING_MS);
    const client = new Proxy(store.ledger.client, {
      get: (target, property) =>
        property === 'send'
          ? (command: PutCommand) =>
              target.send(
                new UpdateCommand({
                  TableName: store.idempotencyTableName,
                  Key: { id: command.input.Item?.id },
                  UpdateExpression: 'SET #status = :completed, #data = :answer, validation = :hash',
                  ExpressionAttributeNames: { '#status': 'status', '#data': 'data' },
                  ExpressionAttributeValues: {
                    ':completed': 'COMPLETED',
                    ':answer': { signalId: 'first' },
                    // As Powertools hashed what was the hash of the payload already: SHA-256 of "hash", with the quotes.
                    ':hash': 'r7fB940BJR3MR+XPS1NN4SIfcOQI3KY0dWZEJOPzhww=',
                  },
                }),
              )
          : Reflect.get(target, property),
    });
    await attempt(key, 'older', { client }).saveInProgress(key.keyHash, REMAINING_MS);
    expect(await told(key, LATER)).toEqual(answered);
  });
});

describe('an attempt that was overtaken', () => {
  it('does not give up what its successor is at work on', async () => {
    const key = newKey();
    const first = attempt(key, 'first');
    await first.saveInProgress(key.keyHash, REMAINING_MS);
    await attempt(key, 'second', LATER).saveInProgress(key.keyHash, 2 * REMAINING_MS);
    await first.deleteRecord(key.keyHash);
    await expect(attempt(key, 'third').saveInProgress(key.keyHash, REMAINING_MS)).rejects.toThrow(
      ALREADY_THERE,
    );
  });

  it('gives up its own claim for the next one, who does not resume what was never begun', async () => {
    const key = newKey();
    const first = attempt(key, 'first');
    await first.saveInProgress(key.keyHash, REMAINING_MS);
    await first.deleteRecord(key.keyHash);
    const second = attempt(key, 'second');
    await second.saveInProgress(key.keyHash, REMAINING_MS);
    expect(second).toMatchObject({ signalId: first.signalId, resumes: false });
  });
});
