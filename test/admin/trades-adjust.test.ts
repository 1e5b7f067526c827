import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { releaseAccount } from '../../functions/ledger/held-account.ts';
import { nth } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold } from './operations-support.ts';
import { BRACKET, LIMIT_98, tradeDesk } from './trades-support.ts';

let admin: AdminHarness;
let desk: ReturnType<typeof tradeDesk>;
beforeAll(async () => {
  admin = await startAdmin();
  desk = tradeDesk(admin);
});
afterAll(() => admin.stop());

describe('adjusting what a trade holds', () => {
  test('up and down, and what protects it fits', async () => {
    const { id } = await desk.entered();
    expect((await desk.adjust(id, 5)).body).toMatchObject({
      quantity: '5',
      openQuantity: '5',
      orders: [{ quantity: '5' }, { quantity: '5' }],
      command: { status: 'COMPLETED' },
    });
    expect((await desk.adjust(id, '1')).body).toMatchObject({
      quantity: '5',
      openQuantity: '1',
      orders: [{ quantity: '1' }, { quantity: '1' }],
    });
    const { body } = await desk.adjust(id, 1);
    expect(body).toMatchObject({ openQuantity: '1' });
    expect(body).not.toHaveProperty('command');
  });

  test('up, asked for by several at once, adds once', async () => {
    const { id, read } = await desk.entered(BRACKET, {
      strategy: { sizing: { type: 'fixed', quantity: decimal(2) } },
    });
    await Promise.all([desk.adjust(id, 5), desk.adjust(id, 5), desk.adjust(id, 5)]);
    expect(await read()).toMatchObject({ quantity: '5', openQuantity: '5' });
  });

  test('up passes the limits, the window and the halts of its strategy', async () => {
    const { id, accountId, read } = await desk.entered(BRACKET, {
      strategy: { limits: { maxPosition: decimal(4) } },
    });
    expect(await desk.adjust(id, 5)).toMatchObject({
      status: 422,
      body: { error: { code: 'MAX_POSITION' } },
    });
    await admin.post(`/accounts/${accountId}/halt`, { scope: 'entries' });
    expect(await desk.adjust(id, 3)).toMatchObject({
      status: 422,
      body: { error: { code: 'ACCOUNT_HALTED' } },
    });
    expect((await desk.adjust(id, 1)).body).toMatchObject({ openQuantity: '1' });
    expect(await read()).toMatchObject({ state: 'OPENED', openQuantity: '1' });
  });

  test('up waits for the rest of its entry', async () => {
    const faults = [nth('partial-fill', 1)];
    const pricing = { type: 'limit', limitPrice: decimal(100) } as const;
    const { id } = await desk.entered({ ...BRACKET, quantity: decimal(4), pricing }, { faults });
    const { status, body } = await desk.adjust(id, 3);
    expect(status).toBe(409);
    expect(body.error.message).toBe('An entry of the trade still works at the venue. It is OPENED.');
  });

  test('up once more waits for what still works of the first time', async () => {
    const trader = await desk.entered(BRACKET, { faults: [nth('partial-fill', 3)] });
    const { id, accountId, read } = trader;
    expect((await desk.adjust(id, 6)).body).toMatchObject({ quantity: '4', openQuantity: '4' });
    expect((await desk.adjust(id, 6)).status).toBe(409);
    await desk.move(accountId, 94);
    expect(await read()).toMatchObject({ tradeId: id, quantity: '6' });
    expect((await trader.venue()).filter((order) => order.startsWith('buy'))).toHaveLength(2);
  });

  test.each([
    ['1.5', 'QUANTITY_NOT_IN_LOTS'],
    ['0.000000000000000001', 'QUANTITY_NOT_IN_LOTS'],
    ['2.5', 'QUANTITY_BELOW_LOT'],
    ['3.5', 'QUANTITY_NOT_IN_LOTS'],
  ])('to %s contracts is refused before the venue: %s', async (quantity, code) => {
    const { id, read, venue } = await desk.entered();
    const before = await venue();
    expect(await desk.adjust(id, quantity)).toMatchObject({ status: 422, body: { error: { code } } });
    expect(await venue()).toEqual(before);
    expect(await read()).toMatchObject({ state: 'OPENED', openQuantity: '2', orders: [{}, {}] });
  });

  test.each([
    [0, 400],
    [-1, 422],
    ['many', 422],
  ])('to %s is refused: %i', async (quantity, status) => {
    const { id } = await desk.entered();
    expect((await desk.adjust(id, quantity)).status).toBe(status);
  });
});

test('profit and loss are told of the account, and of its strategies as far as they are known', async () => {
  const { id, accountId, strategyId } = await desk.entered();
  await desk.move(accountId, 104);
  await desk.adjust(id, 1);
  expect((await admin.get(`/accounts/${accountId}/pnl`)).body).toMatchObject({
    accountId,
    realizedPnl: '8',
    openPnl: '8',
    strategies: [
      { strategyId: 'operator', realizedPnlToday: '8', openTrades: 0, openPnl: '0' },
      { strategyId, realizedPnlToday: '0', openTrades: 1, realizedPnlOfOpenTrades: '8', openPnl: '8' },
    ],
  });
  expect((await admin.get('/accounts/absent/pnl')).status).toBe(404);
});

describe('a hint at a fill', () => {
  const hint = (accountId: string, body?: unknown) => admin.post(`/accounts/${accountId}/fills`, body);

  test('has what filled booked and protected; false and repeated ones change nothing', async () => {
    const trader = await desk.entered({ ...BRACKET, pricing: LIMIT_98 });
    const { accountId, read } = trader;
    expect((await hint(accountId, { orderId: 'made-up' })).body).toMatchObject({ changedOrders: 0 });
    expect(await read()).toMatchObject({ state: 'WAITING' });
    await trader.move(97);
    expect((await hint(accountId, { orderId: 'venue-1' })).body).toMatchObject({ changedOrders: 1 });
    const opened = await read();
    expect(opened).toMatchObject({ state: 'OPENED', orders: [{ status: 'NEW' }, { status: 'NEW' }] });
    const before = await trader.venue();
    expect((await hint(accountId, { orderId: 'venue-1' })).body).toMatchObject({ changedOrders: 0 });
    expect(await read()).toEqual(opened);
    expect(await trader.venue()).toEqual(before);
  });

  test('is refused for an account that is busy or not there, and with what it does not know', async () => {
    const { accountId } = await desk.entered();
    expect((await hint(accountId, { filledQuantity: 2 })).status).toBe(422);
    expect((await hint('absent')).status).toBe(404);
    const fence = await hold(admin.ledger, accountId);
    expect((await hint(accountId)).status).toBe(409);
    await releaseAccount(admin.ledger, fence);
  });
});
