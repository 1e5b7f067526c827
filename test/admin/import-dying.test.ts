import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AccountId, StrategyId, WebhookId } from '../../functions/core/ids.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { listIds } from '../../functions/ledger/catalog.ts';
import { readRoute, readStrategy } from '../../functions/ledger/webhooks.ts';
import { matchesSecretHash } from '../../functions/shared/webhook-secrets.ts';
import { type AdminHarness, SECRET_NAME_PREFIX, startAdmin } from './harness.ts';
import { dieAtEveryCall } from './mortal.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const IMPORT = '/configuration/import';
const hmacSecret = (byte: number) => `whsec_${Buffer.alloc(24, byte).toString('base64')}`;

/** A webhook with two strategies on two accounts, one of which rehearses a fault; all ids begin with the prefix. */
function configuration(prefix: string, { cash, secret, hmac }: typeof FIRST) {
  const [near, far] = [`${prefix}-near`, `${prefix}-far`];
  const simulation = { faults: [{ kind: 'reject', nth: 2 }] };
  const strategy = (name: string, accounts: readonly string[]) => ({
    strategyId: `${prefix}-${name}`,
    webhookId: `${prefix}-in`,
    accounts: accounts.map((accountId) => ({ accountId, multiplier: cash })),
  });
  return {
    accounts: [
      { accountId: near, broker: 'paper', cash },
      { accountId: far, broker: 'paper', cash, simulation },
    ],
    webhooks: [{ webhookId: `${prefix}-in`, secret, hmacSecrets: [hmac] }],
    strategies: [strategy('one', [near, far]), strategy('two', [far])],
  };
}

const FIRST = { cash: 5, secret: 'a first secret', hmac: hmacSecret(1) };
const SECOND = { cash: 6, secret: 'a second secret', hmac: hmacSecret(2) };

/** All that is stored under a prefix, without it, and without what differs from one storing to the next. */
async function stored(prefix: string, { secret }: typeof FIRST) {
  const route = await readRoute(admin.ledger, `${prefix}-in` as WebhookId);
  const { secretHash = '', ...webhook } = route?.webhook ?? {};
  const ofPrefix = async (kind: Parameters<typeof listIds>[1]) =>
    (await listIds(admin.ledger, kind, { limit: 1_000 })).filter((id) => id.startsWith(`${prefix}-`));
  const [accounts, strategies] = await Promise.all([
    Promise.all(['near', 'far'].map((name) => readAccount(admin.ledger, `${prefix}-${name}` as AccountId))),
    Promise.all(['one', 'two'].map((name) => readStrategy(admin.ledger, `${prefix}-${name}` as StrategyId))),
  ]);
  const all = {
    webhook,
    hasSecret: matchesSecretHash(secret, secretHash),
    hmacSecrets: admin.secretsManager.secrets.get(`${SECRET_NAME_PREFIX}webhooks/${prefix}-in`),
    subscribers: route?.subscribers,
    accounts: accounts.map((account) => account?.configuration),
    strategies,
    listed: await Promise.all((['ACCOUNT', 'WEBHOOK', 'STRATEGY'] as const).map(ofPrefix)),
  };
  return JSON.parse(JSON.stringify(all).replaceAll(`${prefix}-`, ''));
}

/** What must be so at any moment: whatever trades finds all that it trades with, and nothing is stored that nobody sees. */
async function expectNothingHalfDone(prefix: string, change: typeof FIRST): Promise<void> {
  const {
    webhook,
    hmacSecrets,
    subscribers = [],
    accounts,
    strategies,
    listed,
  } = await stored(prefix, change);
  expect(webhook.hmacSecretCount ?? 0).toBe(
    webhook.webhookId === undefined ? 0 : JSON.parse(hmacSecrets).length,
  );
  const ofStrategy = strategies.filter((one: unknown) => one !== null);
  expect(subscribers).toEqual(
    ofStrategy.map(({ strategyId, accounts: subscribed }: Record<string, unknown>) => ({
      strategyId,
      accounts: subscribed,
    })),
  );
  expect(ofStrategy.length === 0 || webhook.webhookId === 'in').toBe(true);
  const accountIds = accounts.map((account: { accountId?: string } | null) => account?.accountId);
  for (const { accounts: subscribed } of subscribers) {
    expect(accountIds).toEqual(
      expect.arrayContaining(subscribed.map(({ accountId }: { accountId: string }) => accountId)),
    );
  }
  const things = [accounts, [webhook.webhookId ? webhook : null], strategies] as Record<string, string>[][];
  for (const [index, kind] of things.entries()) {
    const idName = ['accountId', 'webhookId', 'strategyId'][index] ?? '';
    expect(listed[index]).toEqual(expect.arrayContaining(kind.flatMap((one) => one?.[idName] ?? [])));
  }
}

test.each([
  { name: 'new', before: undefined, change: FIRST, skipped: 0, deathsMin: 25 },
  // Fewer: each death needs them stored before.
  { name: 'replaced', before: FIRST, change: SECOND, skipped: 1, deathsMin: 15 },
] as const)(
  'an import of $name items that dies at any call and is sent again ends as one that lived',
  async ({ name, before, change, skipped, deathsMin }) => {
    const prepare = async (prefix: string) => {
      const body = (of: typeof FIRST) => {
        const { accounts, webhooks, strategies } = configuration(prefix, of);
        const some = { accounts: accounts.slice(skipped), strategies: strategies.slice(skipped) };
        return { webhooks, ...some, onConflict: 'replace' };
      };
      await (before && admin.post(IMPORT, body(before)));
      return body(change);
    };
    const lived = `${name}-lived`;
    await admin.post(IMPORT, await prepare(lived));
    const expected = await stored(lived, change);
    expect(expected).toMatchObject({ hasSecret: true, hmacSecrets: JSON.stringify([change.hmac]) });
    expect(expected.subscribers).toHaveLength(2 - skipped);

    const deaths = await dieAtEveryCall(
      admin,
      async (callNumber) => ({
        method: 'POST',
        path: IMPORT,
        body: await prepare(`${name}-${callNumber}`),
        failsWith: 200,
      }),
      async ({ body }) => {
        const prefix = (body as ReturnType<typeof configuration>).webhooks[0]?.webhookId.replace(/-in$/, '');
        await expectNothingHalfDone(prefix ?? '', change);
        const again = await admin.post(IMPORT, body);
        expect(again.body.counts).toMatchObject({ failed: 0 });
        expect(await stored(prefix ?? '', change)).toEqual(expected);
      },
    );
    expect(deaths).toBeGreaterThan(deathsMin);
  },
);
