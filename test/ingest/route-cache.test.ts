import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import { createRouteCache } from '../../functions/ingest/route-cache.ts';
import { deleteWebhook, saveStrategy, saveWebhook } from '../../functions/ledger/webhooks.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { strategyOf, webhookOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const idOf = (id: string) => id as WebhookId;

describe('the routes that an environment remembers', () => {
  it('are fresh the first time and remembered from then on', async () => {
    await saveWebhook(store.ledger, webhookOf('one'));
    const routes = createRouteCache(store.ledger);
    expect(await routes.get(idOf('one'))).toMatchObject({ fresh: true, route: { version: 1 } });
    expect(await routes.get(idOf('one'))).toMatchObject({ fresh: false, route: { version: 1 } });
  });

  it('are known not to be current as soon as the webhook or a strategy of it changes', async () => {
    await saveWebhook(store.ledger, webhookOf('two'));
    const routes = createRouteCache(store.ledger);
    const seen = await routes.refresh(idOf('two'));
    expect(seen && (await routes.isCurrent(seen))).toBe(true);
    await saveStrategy(store.ledger, strategyOf('s', 'two', ['a']));
    expect(seen && (await routes.isCurrent(seen))).toBe(false);
    const again = await routes.refresh(idOf('two'));
    expect(again).toMatchObject({ subscribers: [{ strategyId: 's' }] });
    expect(again && (await routes.isCurrent(again))).toBe(true);
    await saveWebhook(store.ledger, webhookOf('two', { enabled: false }));
    expect(again && (await routes.isCurrent(again))).toBe(false);
  });

  it('never hold a webhook that is not there, so that a new one works at once', async () => {
    const routes = createRouteCache(store.ledger);
    expect(await routes.get(idOf('three'))).toBeUndefined();
    await saveWebhook(store.ledger, webhookOf('three'));
    expect(await routes.get(idOf('three'))).toMatchObject({ fresh: true });
  });

  it('are not current, and then gone, when the webhook is deleted; a new one of that name is another', async () => {
    await saveWebhook(store.ledger, webhookOf('four'));
    const routes = createRouteCache(store.ledger);
    const seen = await routes.refresh(idOf('four'));
    await deleteWebhook(store.ledger, idOf('four'));
    expect(seen && (await routes.isCurrent(seen))).toBe(false);
    expect(await routes.refresh(idOf('four'))).toBeUndefined();
    expect(await routes.get(idOf('four'))).toBeUndefined();
    await saveWebhook(store.ledger, webhookOf('four'));
    expect(seen && (await routes.isCurrent(seen))).toBe(false);
  });
});
