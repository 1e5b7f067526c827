import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createBroker } from '../../functions/brokers/create-broker.ts';
import type { Books } from '../../functions/core/books.ts';
import type { Account } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { OnefillError } from '../../functions/core/errors.ts';
import type { Halt } from '../../functions/core/halt.ts';
import type { AccountId, ClientOrderId, ExecutionId } from '../../functions/core/ids.ts';
import type { Position, Positions } from '../../functions/core/position.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { NOTHING_BOOKED } from '../../functions/ledger/booking.ts';
import {
  type Fence,
  lockAccount,
  type Settlement,
  settleAccount,
} from '../../functions/ledger/held-account.ts';
import { closedSession } from '../support/closed-session.ts';
import { NO_VENUES } from '../support/no-venues.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { executionId, order, START_MS, WEBHOOK } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

let number = 0;
let id: AccountId;
beforeEach(async () => {
  number += 1;
  id = `paper-${number}` as AccountId;
  await admin.put(path(), { broker: 'paper' });
});

const path = () => `/accounts/${id}`;

async function lock(begins: ExecutionId): Promise<Fence> {
  const result = await lockAccount(admin.ledger, {
    accountId: id,
    ownerId: `owner of ${begins}`,
    begins: {
      executionId: begins,
      webhookId: WEBHOOK,
      correlationId: 'c',
      receivedAtMs: START_MS,
      startedAtMs: START_MS,
      expiresAtMs: START_MS + 60_000,
    },
    nowMs: START_MS,
  });
  if (result.kind !== 'locked') {
    throw new Error(result.kind);
  }
  return result.fence;
}

async function trade(positions: Positions, books: Partial<Books> = {}): Promise<Fence> {
  const begins = executionId(0, id);
  const fence = await lock(begins);
  await settleAccount(admin.ledger, fence, booked(begins, { ...books, positions }));
  return fence;
}

/** The end of an execution that leaves these books, and nothing else, behind. */
const booked = (executionId: ExecutionId, books: Partial<Books>): Settlement => ({
  executionId,
  before: NOTHING_BOOKED.before,
  after: { ...NOTHING_BOOKED.after, ...books },
});

const long: Position = { quantity: decimal(2), averagePrice: decimal('100.5'), realizedPnl: decimal(0) };

test('deletion and revival leave the fencing token growing and the positions as they were', async () => {
  const { fencingToken } = await trade({ MNQM5: long });
  await admin.call({ method: 'DELETE', path: path() });
  expect(await lockIsRefused()).toBe('not-found');
  for (const part of ['/positions', '/broker-orders', '']) {
    expect((await admin.get(`${path()}${part}`)).status).toBe(404);
  }
  expect((await admin.put(path(), { broker: 'paper', cash: 1 })).status).toBe(201);
  expect((await admin.get(`${path()}/positions`)).body.items).toMatchObject([
    { symbol: 'MNQM5', quantity: '2' },
  ]);
  expect((await lock(executionId(1, id))).fencingToken).toBe(fencingToken + 1);
});

async function lockIsRefused(): Promise<string> {
  return lock(executionId(0, id)).then(
    () => 'locked',
    (error: Error) => error.message,
  );
}

test('a PUT touches nothing but the configuration of an account at work', async () => {
  const working = order(executionId(0, id), { status: 'NEW' });
  await trade(
    { MNQM5: long },
    {
      openOrders: { [working.clientOrderId]: { executionId: executionId(0, id), order: working } },
      daily: { day: '2026-09-15', orders: 1, realizedPnl: decimal(-5), strategies: {} },
    },
  );
  const halt: Halt = { scope: 'entries', reason: 'Too risky.', haltedBy: 'abc', haltedAtMs: START_MS };
  await haltAccount(admin.ledger, id, halt);
  const begins = executionId(2, id);
  const fence = await lock(begins);
  const before = await readAccount(admin.ledger, id);
  expect(before).toMatchObject({
    halt,
    positions: { MNQM5: long },
    openOrders: { [working.clientOrderId]: {} },
    daily: { orders: 1 },
    activeExecution: { executionId: begins },
    lease: {},
  });
  await admin.put(path(), { broker: 'paper', cash: 5, enabled: false });
  const { configuration, ...state } = (await readAccount(admin.ledger, id)) ?? {};
  expect(configuration).toMatchObject({ cash: '5', enabled: false });
  expect({ configuration: before?.configuration, ...state }).toEqual(before);
  await expect(settleAccount(admin.ledger, fence, booked(begins, {}))).resolves.toBeUndefined();
});

test('a holder that was fenced out before a deletion stays fenced out after a revival', async () => {
  const stale = await trade({});
  await admin.call({ method: 'DELETE', path: path() });
  await admin.put(path(), { broker: 'paper' });
  await lock(executionId(3, id));
  const write = settleAccount(
    admin.ledger,
    stale,
    booked(executionId(3, id), { positions: { MNQM5: long } }),
  );
  await expect(write).rejects.toBeInstanceOf(OnefillError);
});

test('positions: by symbol, signed, and flat ones only with a profit or loss', async () => {
  const flat = { quantity: decimal(0), averagePrice: decimal(0) };
  await trade({
    MNQM5: long,
    ESM: { ...long, quantity: decimal('-0.5') },
    AAPL: { ...flat, realizedPnl: decimal('-12.25') },
    NEVER: { ...flat, realizedPnl: decimal(0) },
  });
  expect((await admin.get(`${path()}/positions`)).body).toEqual({
    items: [
      { symbol: 'AAPL', quantity: '0', averagePrice: '0', realizedPnl: '-12.25', openPnl: '0' },
      { symbol: 'ESM', quantity: '-0.5', averagePrice: '100.5', realizedPnl: '0', openPnl: null },
      { symbol: 'MNQM5', quantity: '2', averagePrice: '100.5', realizedPnl: '0', openPnl: null },
    ],
  });
});

test('an account that holds something stays at its venue, whoever asks and however', async () => {
  await trade({ MNQM5: long });
  const before = (await admin.get(path())).body;
  const elsewhere = { broker: 'alpaca', credentials: 'main', environment: 'live' };
  expect(await admin.put(path(), elsewhere)).toMatchObject({
    status: 409,
    body: {
      error: {
        code: 'CONFLICT',
        message: expect.stringContaining('at paper. Flatten it before it goes to alpaca live'),
      },
    },
  });
  for (const dryRun of [true, false]) {
    const accounts = [{ accountId: id, ...elsewhere }];
    const imported = await admin.post('/configuration/import', { accounts, onConflict: 'replace', dryRun });
    expect(imported.body.results).toMatchObject([{ result: 'failed', error: { code: 'CONFLICT' } }]);
  }
  expect((await admin.get(path())).body).toEqual(before);
  await trade({ MNQM5: { ...long, quantity: decimal(0) } });
  expect(await admin.put(path(), elsewhere)).toMatchObject({ status: 200 });
});

/** The broker as the engine gets it for this account. */
async function broker() {
  const account = (await readAccount(admin.ledger, id))?.configuration as Account;
  return createBroker(account, { ...admin.ledger, ...NO_VENUES, clock: { now: () => START_MS } });
}

test('broker orders: what the paper broker filled, at the price that was posted', async () => {
  const prices = { method: 'POST', path: `${path()}/prices` };
  const posted = await admin.call({ ...prices, body: { symbol: 'MNQM5', price: '101.50' } });
  expect(posted).toMatchObject({ status: 200, body: { symbol: 'MNQM5', price: '101.5' } });
  const placed = order(executionId(0, id));
  await (await broker()).place(placed);
  const { body } = await admin.get(`${path()}/broker-orders`);
  expect(body).toEqual({
    items: [
      {
        brokerOrderId: `paper-${placed.clientOrderId}`,
        clientOrderId: placed.clientOrderId,
        symbol: 'MNQM5',
        side: 'buy',
        type: 'market',
        quantity: '2',
        status: 'FILLED',
        filledQuantity: '2',
        averageFillPrice: '101.5',
        createdAt: '2026-09-15T14:00:00.000Z',
      },
    ],
  });
});

test('broker orders: with the prices that their types take, and where a trailing stop is now', async () => {
  const venue = await broker();
  const { symbol, side, quantity, timeInForce } = order(executionId(0, id));
  const terms = { leg: 'entry', symbol, side, quantity, timeInForce, reduceOnly: false };
  const named = (name: string) => ({
    clientOrderId: `of-${name}` as ClientOrderId,
    referencePrice: decimal(100),
  });
  const [limitPrice, stopPrice] = [decimal(90), decimal(91)];
  await venue.place({ ...terms, ...named('limit'), type: 'limit', limitPrice });
  await venue.place({ ...terms, ...named('stop'), side: 'sell', type: 'stop_limit', stopPrice, limitPrice });
  const trail = { type: 'percent', percent: decimal(5) } as const;
  await venue.place({ ...terms, ...named('trail'), side: 'sell', type: 'trailing_stop', trail });
  await admin.call({ method: 'POST', path: `${path()}/prices`, body: { symbol: 'MNQM5', price: 110 } });
  const { items = [] } = (await admin.get(`${path()}/broker-orders`)).body;
  const shown = {
    symbol: 'MNQM5',
    quantity: '2',
    status: 'NEW',
    filledQuantity: '0',
    averageFillPrice: null,
    createdAt: '2026-09-15T14:00:00.000Z',
  };
  const ids = (name: string) => ({ brokerOrderId: `paper-of-${name}`, clientOrderId: `of-${name}` });
  expect(items.toSorted((left, right) => (String(left.type) < String(right.type) ? -1 : 1))).toEqual([
    { ...shown, ...ids('limit'), side: 'buy', type: 'limit', limitPrice: '90' },
    { ...shown, ...ids('stop'), side: 'sell', type: 'stop_limit', stopPrice: '91', limitPrice: '90' },
    { ...shown, ...ids('trail'), side: 'sell', type: 'trailing_stop', stopPrice: '104.5', trail },
  ]);
});

test('broker orders: at most as many as asked for, none at first', async () => {
  expect((await admin.get(`${path()}/broker-orders`)).body).toEqual({ items: [] });
  const venue = await broker();
  for (const seconds of [1, 2, 3]) {
    await venue.place({ ...order(executionId(seconds, id)), referencePrice: decimal(1) });
  }
  expect((await admin.get(`${path()}/broker-orders?limit=2`)).body.items).toHaveLength(2);
});

test('a price outside the session of the account reaches nothing until the session', async () => {
  const move = async (price: number) => {
    const { status } = await admin.post(`${path()}/prices`, { symbol: 'MNQM5', price });
    const { items = [] } = (await admin.get(`${path()}/broker-orders`)).body;
    return `${status} ${items.map((item) => item.status)}`;
  };
  const placed = order(executionId(0, id));
  await (await broker()).place({ ...placed, type: 'limit', limitPrice: decimal(90) });
  await admin.put(path(), { broker: 'paper', simulation: { session: closedSession() } });
  expect(await move(89)).toBe('200 NEW');
  await admin.put(path(), { broker: 'paper' });
  expect(await move(89)).toBe('200 FILLED');
});

test('a price for an account that does not exist is 404', async () => {
  const body = { symbol: 'MNQM5', price: 1 };
  expect((await admin.call({ method: 'POST', path: '/accounts/none/prices', body })).status).toBe(404);
});

test('a price for an account at a venue is a conflict', async () => {
  await admin.put('/accounts/at-venue', { broker: 'alpaca', credentials: 'main' });
  const { status, body } = await admin.post('/accounts/at-venue/prices', { symbol: 'AAPL', price: 1 });
  expect(status).toBe(409);
  expect(body.error.message).toBe('Only a paper market can be moved, and at-venue trades at alpaca.');
});

test('a changed simulation counts calls anew, an unchanged one goes on counting', async () => {
  const simulation = { faults: [{ kind: 'reject', nth: 2 }] };
  const place = async (seconds: number) =>
    (await (await broker()).place({ ...order(executionId(seconds, id)), referencePrice: decimal(1) })).kind;
  await admin.put(path(), { broker: 'paper', simulation });
  expect(await place(1)).toBe('accepted');
  await admin.put(path(), { broker: 'paper', simulation, cash: 7 });
  expect(await place(2)).toBe('rejected');
  await admin.put(path(), { broker: 'paper', simulation: { ...simulation, latencyMs: 1 } });
  expect(await place(3)).toBe('accepted');
  expect(await place(4)).toBe('rejected');
});
