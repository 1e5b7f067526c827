import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import {
  deleteStrategy,
  readRoute,
  readStrategy,
  saveStrategy,
  saveWebhook,
} from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { strategyOf, webhookOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
  await Promise.all(['a', 'b', 'c'].map((webhook) => saveWebhook(store.ledger, webhookOf(webhook))));
});
afterAll(() => store.stop());

/** A ledger on which somebody else is faster: what they do is done between reading and writing. */
function overtakenBy(theirs: () => Promise<unknown>): Ledger {
  return intercepted(store.ledger, async (call, commandName) => {
    if (commandName === 'TransactWriteCommand') {
      await theirs();
    }
    return call();
  });
}

async function subscribers(webhook: string): Promise<string[]> {
  const route = await readRoute(store.ledger, webhook as WebhookId);
  return route?.subscribers.map(({ strategyId }) => strategyId) ?? [];
}

const CONFLICT = { code: 'CONFLICT', disposition: 'retry' };

describe('a strategy that somebody else changes at the same moment', () => {
  it('listens to one webhook, wherever both want to move it', async () => {
    const { strategyId } = strategyOf('moves', 'a', []);
    await saveStrategy(store.ledger, strategyOf('moves', 'a', []));
    const ledger = overtakenBy(() => saveStrategy(store.ledger, strategyOf('moves', 'b', [])));
    await expect(saveStrategy(ledger, strategyOf('moves', 'c', []))).rejects.toMatchObject(CONFLICT);
    expect(await readStrategy(store.ledger, strategyId)).toMatchObject({ webhookId: 'b' });
    expect(await Promise.all(['a', 'b', 'c'].map(subscribers))).toEqual([[], ['moves'], []]);
  });

  it('is made by one of two', async () => {
    const ledger = overtakenBy(() => saveStrategy(store.ledger, strategyOf('made', 'a', [])));
    await expect(saveStrategy(ledger, strategyOf('made', 'b', []))).rejects.toMatchObject(CONFLICT);
    expect(await subscribers('a')).toEqual(['made']);
    expect(await subscribers('b')).not.toContain('made');
  });

  it('is not removed with a subscription left behind', async () => {
    const { strategyId } = strategyOf('goes', 'a', []);
    await saveStrategy(store.ledger, strategyOf('goes', 'a', []));
    const ledger = overtakenBy(() => saveStrategy(store.ledger, strategyOf('goes', 'c', [])));
    await expect(deleteStrategy(ledger, strategyId)).rejects.toMatchObject(CONFLICT);
    expect(await readStrategy(store.ledger, strategyId)).toMatchObject({ webhookId: 'c' });
    expect(await subscribers('c')).toEqual(['goes']);
  });
});
