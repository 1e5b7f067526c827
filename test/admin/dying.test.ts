import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AccountId, StrategyId, WebhookId } from '../../functions/core/ids.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { listIds } from '../../functions/ledger/catalog.ts';
import { readRoute, readStrategy } from '../../functions/ledger/webhooks.ts';
import { type AdminHarness, SECRET_NAME_PREFIX, startAdmin } from './harness.ts';
import { dieAtEveryCall, interceptedAdmin, type LastWish } from './mortal.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const idOf = ({ path }: LastWish) => path.split('/').at(-1) ?? '';
const webhook = async (id: string) => (await readRoute(admin.ledger, id as WebhookId))?.webhook;
const account = (id: string) => readAccount(admin.ledger, id as AccountId);
const strategy = (id: string) => readStrategy(admin.ledger, id as StrategyId);
const secretOf = (id: string) => admin.secretsManager.secrets.get(`${SECRET_NAME_PREFIX}webhooks/${id}`);

const one = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const two = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;
const plain = { secret: 'demo-secret' };

const SECRET_CHANGES = [
  { name: 'new', before: undefined, method: 'PUT', body: { hmacSecrets: [one] }, after: [one] },
  {
    name: 'rotated',
    before: { hmacSecrets: [one] },
    method: 'PUT',
    body: { hmacSecrets: [one, two] },
    after: [one, two],
  },
  { name: 'added', before: plain, method: 'PUT', body: { hmacSecrets: [one] }, after: [one] },
  { name: 'removed', before: { hmacSecrets: [one] }, method: 'PUT', body: plain, after: [] },
  { name: 'deleted', before: { hmacSecrets: [one] }, method: 'DELETE', body: undefined, after: undefined },
];

const KINDS = [
  { collection: 'webhooks', catalog: 'WEBHOOK', body: plain, find: webhook },
  { collection: 'accounts', catalog: 'ACCOUNT', body: { broker: 'paper' }, find: account },
  {
    collection: 'strategies',
    catalog: 'STRATEGY',
    body: { webhookId: 'demo', accounts: [] },
    find: strategy,
  },
] as const;

describe('dying at any call to AWS', () => {
  test.each(SECRET_CHANGES)(
    'while HMAC secrets are $name, a repetition ends as if nothing happened',
    async (change) => {
      const { name, before, method, body, after } = change;
      const deaths = await dieAtEveryCall(
        admin,
        async (callNumber) => {
          const path = `/webhooks/${name}-${callNumber}`;
          await (before && admin.put(path, before));
          return { method, path, body };
        },
        async (wish) => {
          const id = idOf(wish);
          const left = await webhook(id);
          // Nothing in the ledger would say that the secret exists, so nobody would ever delete it.
          expect(before === undefined || secretOf(id) === undefined || left !== undefined).toBe(true);

          await admin.call({ method, path: wish.path, body });
          expect((await webhook(id))?.hmacSecretCount).toBe(after?.length);
          expect(JSON.parse(secretOf(id) ?? '[]')).toEqual(after ?? []);
        },
      );
      expect(deaths).toBeGreaterThan(2);
    },
  );

  test.each(KINDS)(
    'while $collection change, what is configured stays listed',
    async ({ collection, catalog, body, find }) => {
      const check = async (wish: LastWish) => {
        const id = idOf(wish);
        const ids = await listIds(admin.ledger, catalog, { limit: 1_000 });
        expect(ids.includes(id) || (await find(id)) === undefined, `${wish.method} ${id}`).toBe(true);
        await admin.call({ method: 'PUT', path: wish.path, body });
        expect(await listIds(admin.ledger, catalog, { limit: 1_000 })).toContain(id);
      };
      const path = (callNumber: number, method: string) => `/${collection}/${method}-${callNumber}`;
      const puts = await dieAtEveryCall(
        admin,
        async (callNumber) => ({ method: 'PUT', path: path(callNumber, 'put'), body }),
        check,
      );
      const deletions = await dieAtEveryCall(
        admin,
        async (callNumber) => {
          await admin.put(path(callNumber, 'delete'), body);
          return { method: 'DELETE', path: path(callNumber, 'delete') };
        },
        check,
      );
      expect(Math.min(puts, deletions)).toBeGreaterThan(1);
    },
  );
});

/** Makes a request, and before its nth call to AWS all of another one. @returns whether there was an nth call */
async function interrupt(
  wish: LastWish,
  callNumber: number,
  other: () => Promise<unknown>,
): Promise<boolean> {
  let calls = 0;
  const { ask, destroy } = interceptedAdmin(admin, async (call) => {
    calls += 1;
    if (calls === callNumber) {
      await other();
    }
    return call();
  });
  await ask(wish);
  destroy();
  return calls >= callNumber;
}

test.each(KINDS)(
  'what is configured of $collection stays listed when a PUT and a DELETE meet',
  async ({ collection, catalog, body, find }) => {
    let isInterrupted = true;
    for (let callNumber = 1; isInterrupted; callNumber += 1) {
      for (const [first, second] of [['PUT', 'DELETE'] as const, ['DELETE', 'PUT'] as const]) {
        const id = `${first}-met-${callNumber}`;
        const path = `/${collection}/${id}`;
        const wish = (method: string) => (method === 'PUT' ? { method, path, body } : { method, path });
        await admin.put(path, body);
        isInterrupted = await interrupt(wish(first), callNumber, () => admin.call(wish(second)));
        const isListed = (await listIds(admin.ledger, catalog, { limit: 1_000 })).includes(id);
        expect(isListed || (await find(id)) === undefined, `${first} ${callNumber}`).toBe(true);
      }
    }
  },
);
