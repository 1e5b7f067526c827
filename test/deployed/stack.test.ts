import { marshall } from '@aws-sdk/util-dynamodb';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type AccountId,
  executionIdOf,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import { keys } from '../../functions/ledger/table.ts';
import { AwsApi } from './aws-api.ts';
import { allowBatches } from './batch-permissions.ts';
import { Commands } from './commands.ts';
import { DeployedApi } from './deployed-api.ts';
import { findFunctionFailures } from './function-failures.ts';
import type { Answer } from './http.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { deleteLeftovers } from './leftovers.ts';
import { Load, type SignalView } from './load.ts';
import { findMiniStack, type MiniStack } from './ministack.ts';

const STAGE = 'development';
const STACK_NAME = 'onefill-development';
const FILL_POLL = { timeout: 20_000, interval: 200 };
const SECRET = 'a-secret-of-yours';
const HMAC_SECRET = `whsec_${Buffer.from('a secret of this test, 32 bytes.').toString('base64')}`;
const BUY = { symbol: 'MNQM5', action: 'buy', quantity: 1, price: 21534.25 };
/** Another version of every function, with which whatever has been configured and is under way has to go on. */
const UPDATE = ['logLevel=INFO'];
/** How many signals are sent after an update. */
const MORE_SIGNALS = 15;
const SELL = { ...BUY, action: 'sell' };

let miniStack: MiniStack;
let commands: Commands;
let aws: AwsApi;
let before: Inventory;
let api: DeployedApi;
let operator: string;
let viewer: string;
let ledgerTableName: string;
let isOurs = false;

beforeAll(async () => {
  miniStack = await findMiniStack();
  commands = new Commands(miniStack);
  aws = new AwsApi(miniStack);
  before = await takeInventory(aws);
  expect(before.stacks, 'the stack is somebody else’s, and this test would destroy it').not.toContain(
    STACK_NAME,
  );
});

afterAll(async () => {
  if (isOurs) {
    const { stacks } = await takeInventory(aws);
    if (stacks?.includes(STACK_NAME)) {
      // A step failed: the next run needs the place, and whoever runs this did not ask for the stack.
      await commands.destroy(STAGE);
    }
    await deleteLeftovers(aws, before, STAGE);
  }
  commands?.dispose();
});

describe('cdk deploy', () => {
  it('makes the stack, and its outputs say where the API and the ledger are', async () => {
    isOurs = true;
    const outputs = await commands.deploy(STAGE, STACK_NAME);
    ledgerTableName = outputs.LedgerTableName;
    api = new DeployedApi(miniStack, outputs.ApiUrl);
    [operator, viewer] = await Promise.all([
      issueToken('operator', outputs.LedgerTableName),
      issueToken('viewer', outputs.LedgerTableName),
    ]);
    if (miniStack.enforcesPolicies) {
      const { roles = [] } = await takeInventory(aws);
      await allowBatches(
        aws,
        roles.filter((role) => role.startsWith(STACK_NAME)),
      );
    }
  });

  it('leaves nothing to deploy', async () => {
    const { exitCode, output } = await commands.diff(STAGE);
    expect(output).toContain('There were no differences');
    expect(exitCode).toBe(0);
  });

  it('has nothing to do a second time', async () => {
    const inventory = await takeInventory(aws);
    await commands.deploy(STAGE, STACK_NAME);
    expect(await takeInventory(aws)).toEqual(inventory);
  });
});

describe('the admin API', () => {
  it('is for those who have a token, of the right role', async () => {
    const account = { body: { broker: 'paper' } };
    expectRefusal(await api.call('GET', '/api/v1/orders'), 401, 'UNAUTHENTICATED');
    expectRefusal(await api.call('GET', '/api/v1/orders', { token: 'wrong' }), 401, 'UNAUTHENTICATED');
    expectRefusal(
      await api.call('PUT', '/api/v1/accounts/paper', { token: viewer, ...account }),
      403,
      'FORBIDDEN',
    );
    expect(await read('/api/v1/accounts')).toMatchObject({ items: [] });
  });

  it('takes the configuration', async () => {
    const rateLimit = { limit: 10, windowSeconds: 1 };
    await put('/api/v1/webhooks/alerts', { secret: SECRET, rateLimit });
    await put('/api/v1/accounts/paper', { broker: 'paper' });
    await put('/api/v1/strategies/first', { webhookId: 'alerts', accounts: [{ accountId: 'paper' }] });
    expect(await read('/api/v1/webhooks/alerts')).toMatchObject({ webhookId: 'alerts', secret: '***' });
  });

  it('publishes its contract, and says so when there is nothing', async () => {
    expect((await api.call('GET', '/api/v1/openapi.json')).status).toBe(200);
    expectRefusal(await api.call('GET', '/nothing'), 404, 'NOT_FOUND');
  });
});

describe('a webhook', () => {
  let accepted: Answer;

  it('is answered by 202 and becomes one filled order', async () => {
    accepted = await sendSignal(BUY);
    expect(accepted.status, accepted.text).toBe(202);
    await expectFilled(accepted);
    expect(await read('/api/v1/accounts/paper/positions')).toMatchObject({
      items: [{ symbol: 'MNQM5', quantity: '1' }],
    });
  });

  it('gets the same answer again, marked as replayed, and there is still one order', async () => {
    const again = await sendSignal(BUY);
    expect([again.status, again.text]).toEqual([accepted.status, accepted.text]);
    expect(again.headers['idempotent-replayed']).toBe('true');
    expect(accepted.headers['idempotent-replayed']).toBeUndefined();
    // An account's signals are executed in order: once this one is, a second buy would have been.
    await expectFilled(await sendSignal(SELL));
    const { items } = await read('/api/v1/orders');
    expect(items).toHaveLength(2);
    expect(items).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ side: 'buy' }),
        expect.objectContaining({ side: 'sell' }),
      ]),
    );
  });

  it('is refused with a wrong secret', async () => {
    expectRefusal(await sendSignal(BUY, 'wrong'), 401, 'UNAUTHENTICATED');
  });

  it('can be signed, with a secret that is kept in Secrets Manager', async () => {
    await put('/api/v1/webhooks/signed', { hmacSecrets: [HMAC_SECRET] });
    expect((await takeInventory(aws)).secrets).toContain(`onefill/${STAGE}/webhooks/signed`);
    const body = JSON.stringify(BUY);
    const sign = (secret: string) => {
      const sentAt = new Date();
      return {
        'webhook-id': 'message-1',
        'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1_000)),
        'webhook-signature': new Webhook(secret).sign('message-1', sentAt, body),
      };
    };
    const forged = `whsec_${Buffer.from('another secret, 32 bytes as well').toString('base64')}`;
    const path = '/webhooks/signed';
    expectRefusal(await api.call('POST', path, { headers: sign(forged), body }), 401, 'UNAUTHENTICATED');
    const signed = await api.call('POST', path, { headers: sign(HMAC_SECRET), body });
    expect(signed.status, signed.text).toBe(202);
    const deleted = await api.call('DELETE', '/api/v1/webhooks/signed', { token: operator });
    expect(deleted.status, deleted.text).toBe(204);
  });
});

describe('the reconciler', () => {
  it('finishes what was accepted and never sent', async () => {
    await put('/api/v1/accounts/orphan', { broker: 'paper' });
    await put('/api/v1/webhooks/orphans', { secret: SECRET });
    await put('/api/v1/strategies/orphans', { webhookId: 'orphans', accounts: [{ accountId: 'orphan' }] });
    const text = await acceptWithoutSending();

    // As its schedule does, which may have been quicker.
    expect(await aws.invoke(`${STACK_NAME}-reconcile`, { source: 'test' })).toMatchObject({
      receipts: { isComplete: true, hasFailed: false, stuck: 0 },
      accounts: { accounts: 2, failed: 0, left: 0 },
    });

    await expectFilled({ text }, { strategyId: 'orphans', accountId: 'orphan' });
  });
});

describe('an update', () => {
  const accountIds = ['busy-1', 'busy-2', 'busy-3'];
  const liveVersions = () =>
    Promise.all(
      ['ingest', 'strategy'].map(async (name) => {
        const path = `/2015-03-31/functions/${STACK_NAME}-${name}/aliases/live`;
        return Number((await aws.get<{ FunctionVersion: string }>('lambda', path)).FunctionVersion);
      }),
    );

  it('with signals under way loses none, doubles none and refuses none', async () => {
    for (const accountId of accountIds) {
      await put(`/api/v1/webhooks/${accountId}`, {
        secret: SECRET,
        rateLimit: { limit: 100, windowSeconds: 1 },
      });
      await put(`/api/v1/accounts/${accountId}`, { broker: 'paper', simulation: { latencyMs: 100 } });
      await put(`/api/v1/strategies/${accountId}`, { webhookId: accountId, accounts: [{ accountId }] });
    }
    const versionsBefore = await liveVersions();
    const load = new Load(
      {
        // The price tells the signals apart.
        send: (accountId, number) => sendSignal({ ...BUY, price: number }, SECRET, accountId),
        read: readSignal,
      },
      accountIds,
    );

    await commands.deploy(STAGE, STACK_NAME, UPDATE);
    const sentMeanwhile = load.sent;
    const accounts = await load.end(MORE_SIGNALS);

    expect(await liveVersions()).toEqual(versionsBefore.map((version) => version + 1));
    for (const { accountId, answers, signals } of accounts) {
      expect(answers.filter(({ status }) => status !== 202)).toEqual([]);
      expect(new Set(answers.map(({ text }) => JSON.parse(text).signalId)).size).toBe(answers.length);
      for (const { executions } of signals) {
        expect(executions).toMatchObject([{ status: 'COMPLETED', orders: [{ status: 'FILLED' }] }]);
      }
      // What the venue has, whatever the ledger says: one contract for each signal.
      expect(await read(`/api/v1/accounts/${accountId}/positions`)).toMatchObject({
        items: [{ symbol: 'MNQM5', quantity: String(answers.length) }],
      });
    }
    expect(sentMeanwhile).toBeGreaterThan(MORE_SIGNALS);
  });

  it('leaves nothing to deploy', async () => {
    const { exitCode, output } = await commands.diff(STAGE, UPDATE);
    expect(output).toContain('There were no differences');
    expect(exitCode).toBe(0);
  });
});

describe('all of this', () => {
  it('made no function fail, nor ask for what its role may not do', async () => {
    expect(await findFunctionFailures(aws, STACK_NAME)).toEqual([]);
  });
});

describe('cdk destroy', () => {
  it('leaves nothing', async () => {
    const { exitCode, output } = await commands.destroy(STAGE);
    expect(exitCode, output).toBe(0);
    expect(await takeInventory(aws)).toEqual(before);
  });
});

async function issueToken(role: string, tableName: string): Promise<string> {
  const { exitCode, stdout, output } = await commands.createToken(role, tableName);
  expect(exitCode, output).toBe(0);
  // Nothing but the token, so that it can be kept in a variable.
  expect(stdout).toMatch(/^of_[\w-]{43}\n$/);
  return stdout.trim();
}

async function put(path: string, body: object): Promise<void> {
  const { status, text } = await api.call('PUT', path, { token: operator, body });
  expect(status, text).toBe(201);
}

/** What a viewer reads at a path. */
async function read(path: string): Promise<{ readonly items?: readonly unknown[] }> {
  const { status, text } = await api.call('GET', path, { token: viewer });
  expect(status, text).toBe(200);
  return JSON.parse(text);
}

/** What became of a signal, as soon as somebody says: MiniStack ends the processes of a function that it replaces. */
async function readSignal(signalId: string): Promise<SignalView> {
  const { status, text } = await api.call('GET', `/api/v1/signals/${signalId}`, { token: viewer });
  return status === 200 ? JSON.parse(text) : {};
}

function sendSignal(body: object, secret = SECRET, webhookId = 'alerts'): Promise<Answer> {
  return api.call('POST', `/webhooks/${webhookId}`, { headers: { 'x-webhook-secret': secret }, body });
}

async function expectFilled(
  { text }: Pick<Answer, 'text'>,
  target = { strategyId: 'first', accountId: 'paper' },
): Promise<void> {
  const { signalId } = JSON.parse(text);
  const orders = [{ status: 'FILLED' }];
  await expect
    .poll(() => read(`/api/v1/signals/${signalId}`), FILL_POLL)
    .toMatchObject({
      executions: [{ ...target, status: 'COMPLETED', orders }],
    });
}

/** Writes the receipt of a signal half a minute old, as an ingest does that dies then. @returns the answer it owes */
async function acceptWithoutSending(): Promise<string> {
  const receivedAtMs = Date.now() - 30_000;
  const webhookId = 'orphans' as WebhookId;
  const strategyId = 'orphans' as StrategyId;
  const accountId = 'orphan' as AccountId;
  const signalId = signalIdOf(webhookId, 'orphan', receivedAtMs);
  const target = { executionId: executionIdOf(signalId, strategyId, accountId), strategyId, accountId };
  const receipt = {
    ...{ signalId, webhookId, receivedAtMs, status: 'accepted', duplicates: 0 },
    ...{ correlationId: 'orphan', sourceIp: '203.0.113.1', maxSignalAgeSeconds: 60 },
    signal: { symbol: 'MNQM5', action: 'buy', quantity: '1', timeInForce: 'day', price: '21534.25' },
    targets: [{ ...target, multiplier: '1' }],
  };
  const Item = marshall({ ...keys.receipt(signalId), ...receipt });
  await aws.json('dynamodb', 'DynamoDB_20120810.PutItem', { TableName: ledgerTableName, Item });
  return JSON.stringify({ signalId, status: 'accepted', executions: [target] });
}

function expectRefusal({ status, text }: Answer, expectedStatus: number, code: string): void {
  expect(status, text).toBe(expectedStatus);
  expect(JSON.parse(text)).toMatchObject({ error: { code, correlationId: expect.any(String) } });
}
