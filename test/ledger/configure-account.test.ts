import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Account } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { AccountId, WebhookId } from '../../functions/core/ids.ts';
import { waitingTrade } from '../../functions/core/trade.ts';
import { deleteAccount, readAccount } from '../../functions/ledger/accounts.ts';
import { configureAccount } from '../../functions/ledger/configure-account.ts';
import { lockAccount, releaseAccount } from '../../functions/ledger/held-account.ts';
import { keys, type Ledger } from '../../functions/ledger/table.ts';
import { takeAccount } from '../../functions/ledger/take-account.ts';
import { order } from '../admin/records-support.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { accountOf, requestOf } from '../support/world.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const NOW_MS = Date.parse('2026-11-22T10:00:00.000Z');
const POSITION = { quantity: decimal(1), averagePrice: decimal(5), realizedPnl: decimal(0) };
const FLAT = { ...POSITION, quantity: decimal(0) };

let accounts = 0;

/** An account of a test's own, on paper, and where it may go. */
function newAccount() {
  accounts += 1;
  const accountId = `configured-${accounts}` as AccountId;
  const paper = accountOf(accountId);
  const { enabled, limits } = paper;
  const alpaca: Account = {
    ...{ accountId, enabled, limits },
    ...{ broker: 'alpaca', credentials: 'main', environment: 'demo' },
  };
  const set = (name: string, value: unknown) =>
    store.ledger.client.send(
      new UpdateCommand({
        TableName: store.ledger.tableName,
        Key: keys.account(accountId),
        UpdateExpression: 'SET #name = :value',
        ExpressionAttributeNames: { '#name': name },
        ExpressionAttributeValues: { ':value': value },
      }),
    );
  const { executionId } = requestOf(accountId, {});
  return {
    ...{ accountId, paper, alpaca, set, executionId },
    configure: (account: Account, ledger: Ledger = store.ledger) => configureAccount(ledger, account),
    read: () => readAccount(store.ledger, accountId),
    lock: (ownerId: string) => lockAccount(store.ledger, { accountId, ownerId, nowMs: NOW_MS }),
  };
}

/** The ledger, where something happens before the first writes. */
function interrupted(meanwhile: () => Promise<unknown>, times = 1): Ledger {
  let left = times;
  const { client, tableName } = store.ledger;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    if (command instanceof UpdateCommand && left > 0) {
      left -= 1;
      await meanwhile();
    }
    return client.send(command);
  };
  return { tableName, client: Object.create(client, { send: { value: send } }) };
}

describe('an account', () => {
  it('is new once, and again after it was deleted, with what it held', async () => {
    const { configure, paper, set, read, accountId } = newAccount();
    expect(await configure(paper)).toEqual({ created: true });
    await set('positions', { A: POSITION });
    expect(await configure({ ...paper, name: 'another' })).toEqual({ created: false });
    await deleteAccount(store.ledger, accountId);
    expect(await read()).toBeUndefined();
    expect(await configure(paper)).toEqual({ created: true });
    expect(await read()).toMatchObject({ configuration: paper, positions: { A: POSITION } });
  });

  it('keeps what it got from somebody who configured it first', async () => {
    const { configure, paper, set, read } = newAccount();
    const ledger = interrupted(async () => {
      await configure(paper);
      await set('positions', { A: POSITION });
    });
    expect(await configure({ ...paper, name: 'another' }, ledger)).toEqual({ created: false });
    expect(await read()).toMatchObject({ configuration: { name: 'another' }, positions: { A: POSITION } });
  });
});

describe('an account that goes to another venue', () => {
  it('goes while it holds nothing', async () => {
    const { configure, paper, alpaca, set, read } = newAccount();
    await configure(paper);
    await set('positions', { A: FLAT });
    expect(await configure(alpaca)).toEqual({ created: false });
    expect(await configure({ ...alpaca, environment: 'live' } as Account)).toEqual({ created: false });
    expect(await read()).toMatchObject({ configuration: { environment: 'live' }, positions: { A: FLAT } });
  });

  type Own = ReturnType<typeof newAccount>;
  const HELD: readonly (readonly [string, (own: Own) => Promise<unknown>])[] = [
    ['a position', ({ set }) => set('positions', { A: POSITION, B: FLAT })],
    [
      'an open order',
      ({ set, executionId }) =>
        set('openOrders', { one: { executionId, order: order(executionId, { status: 'NEW' }) } }),
    ],
    [
      'a trade',
      ({ set, executionId }) =>
        set('trades', { [executionId]: waitingTrade({ executionId, symbol: 'A', side: 'buy' }) }),
    ],
    [
      'an execution under way',
      ({ set, executionId }) =>
        set('activeExecution', {
          ...{ executionId, webhookId: 'demo', correlationId: 'c' },
          ...{ receivedAtMs: NOW_MS, startedAtMs: NOW_MS, expiresAtMs: NOW_MS },
        }),
    ],
  ];
  it.each(HELD)('stays while it has %s', async (_, hold) => {
    const own = newAccount();
    await own.configure(own.paper);
    await hold(own);
    const before = await own.read();
    await expect(own.configure(own.alpaca)).rejects.toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('at paper. Flatten it before it goes to alpaca demo'),
    });
    expect(await own.read()).toEqual(before);
    expect(await own.configure({ ...own.paper, name: 'another' })).toEqual({ created: false });
  });

  it('stays when it was deleted with a position', async () => {
    const { configure, paper, alpaca, set, accountId } = newAccount();
    await configure(paper);
    await set('positions', { A: POSITION });
    await deleteAccount(store.ledger, accountId);
    await expect(configure(alpaca)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('stays when somebody takes it and trades just before', async () => {
    const own = newAccount();
    await own.configure(own.paper);
    const ledger = interrupted(async () => {
      const taken = await own.lock('a taker');
      await own.set('positions', { A: POSITION });
      await (taken.kind === 'locked' && releaseAccount(store.ledger, taken.fence));
    });
    await expect(own.configure(own.alpaca, ledger)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await own.read()).toMatchObject({ configuration: own.paper, positions: { A: POSITION } });
  });

  it('stays while somebody has it, and is nobody’s that read it as it was', async () => {
    const { configure, paper, alpaca, lock, read } = newAccount();
    await configure(paper);
    const held = await lock('a sweep');
    await expect(configure(alpaca)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await configure({ ...paper, name: 'another' })).toEqual({ created: false });
    expect(held.kind).toBe('locked');
    await (held.kind === 'locked' && releaseAccount(store.ledger, held.fence));
    const before = (await read()) ?? expect.fail('There is no such account.');
    await configure(alpaca);
    const { executionId } = requestOf(before.configuration.accountId, {});
    const journal = {
      ...{ executionId, webhookId: 'demo' as WebhookId, correlationId: 'c', receivedAtMs: NOW_MS },
      ...{ startedAtMs: NOW_MS, expiresAtMs: NOW_MS, intent: { fencingToken: 2, orders: [] } },
    };
    expect(
      await takeAccount(store.ledger, { account: before, ownerId: 'late', nowMs: NOW_MS, journal }),
    ).toBeUndefined();
    expect(await read()).toMatchObject({ configuration: alpaca });
  });

  it('is not brought back, with what it holds there, by whoever saw it at the old one', async () => {
    const { configure, paper, alpaca, set, read } = newAccount();
    await configure(paper);
    const ledger = interrupted(async () => {
      await configure(alpaca);
      await set('positions', { A: POSITION });
    });
    await expect(configure({ ...paper, name: 'another' }, ledger)).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await read()).toMatchObject({ configuration: alpaca });
  });

  it('is given up when others change it again and again', async () => {
    const { configure, paper, read } = newAccount();
    await configure(paper);
    let changes = 0;
    const ledger = interrupted(() => {
      changes += 1;
      return configure({ ...paper, name: `change ${changes}` });
    }, Number.POSITIVE_INFINITY);
    await expect(configure({ ...paper, name: 'mine' }, ledger)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await read()).toMatchObject({ configuration: { name: `change ${changes}` } });
  });
});
