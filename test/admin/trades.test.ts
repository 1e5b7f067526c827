import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { releaseAccount } from '../../functions/ledger/held-account.ts';
import { nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing } from '../support/world.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold, newTrader } from './operations-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const at = (value: number) => ({ type: 'price', price: decimal(value) }) as const;
const BRACKET = { quantity: decimal(2), price: decimal(100), stopLoss: at(95), takeProfit: at(110) };
const LIMIT_98 = { type: 'limit', limitPrice: decimal(98) } as const;

const patch = (id: string, body: unknown) => admin.call({ method: 'PATCH', path: `/trades/${id}`, body });
const close = (id: string, body?: unknown) => admin.post(`/trades/${id}/close`, body);
const adjust = (id: string, quantity: unknown) => admin.post(`/trades/${id}/adjust`, { quantity });
const move = (accountId: string, price: number) =>
  admin.post(`/accounts/${accountId}/prices`, { symbol: 'MNQM5', price });

/** A trader with one trade of 2 MNQM5, bought at 100. */
async function entered(signal: object = BRACKET, options?: TraderOptions) {
  const trader = await newTrader(admin.ledger, options);
  const { executionId } = await trader.signal(signal);
  return { ...trader, id: executionId, read: async () => (await admin.get(`/trades/${executionId}`)).body };
}

describe('a trade', () => {
  test('is shown with what it holds, what protects it and what it makes', async () => {
    const { id, accountId, strategyId, read } = await entered();
    await move(accountId, 103);
    expect(await read()).toMatchObject({
      tradeId: id,
      executionId: id,
      strategyId,
      accountId,
      symbol: 'MNQM5',
      side: 'long',
      state: 'OPENED',
      quantity: '2',
      openQuantity: '2',
      entryPrice: '100',
      exitPrice: '0',
      realizedPnl: '0',
      openPnl: '6',
      takeProfit: { price: '110' },
      stopLoss: { price: '95' },
      orders: [
        { kind: 'stop-loss', type: 'stop', stopPrice: '95', quantity: '2', status: 'NEW' },
        { kind: 'take-profit', type: 'limit', limitPrice: '110', quantity: '2', status: 'NEW' },
      ],
      endedAt: null,
    });
    const { items } = (await admin.get(`/accounts/${accountId}/positions`)).body;
    expect(items).toMatchObject([{ quantity: '2', openPnl: '6' }]);
  });

  test('goes through its states', async () => {
    const trail = { type: 'trail', trail: { type: 'percent', percent: decimal(5) } } as const;
    const { accountId, read } = await entered({ ...BRACKET, pricing: LIMIT_98, stopLoss: trail });
    expect(await read()).toMatchObject({
      state: 'WAITING',
      quantity: '0',
      openPnl: '0',
      stopLoss: { trailPercent: '5' },
      orders: [],
      openedAt: null,
    });
    await move(accountId, 98);
    expect(await read()).toMatchObject({ state: 'OPENED', entryPrice: '98', openPnl: '0' });
    await move(accountId, 120);
    expect(await read()).toMatchObject({
      state: 'CLOSED',
      exitPrice: '110',
      realizedPnl: '24',
      openPnl: '0',
      orders: [],
    });
  });

  test('is closing while an exit of it works, and then nothing of it is changed', async () => {
    const { id, signal, read } = await entered({ quantity: decimal(2), price: decimal(100) });
    await signal({
      action: 'exit',
      quantity: decimal(2),
      pricing: { type: 'limit', limitPrice: decimal(130) },
    });
    expect(await read()).toMatchObject({ state: 'CLOSING' });
    for (const answer of [
      await close(id),
      await adjust(id, 1),
      await patch(id, { stopLoss: { price: 90 } }),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.body.error.message).toBe('The trade is CLOSING.');
    }
  });

  test('whose entry is cancelled is canceled', async () => {
    const { id, signal, read } = await entered({ ...BRACKET, pricing: LIMIT_98 });
    await signal({ action: 'cancel' });
    expect(await read()).toMatchObject({ state: 'CANCELED', quantity: '0' });
    expect((await close(id)).body.error.message).toBe('The trade is CANCELED.');
  });

  test('that is not there is not found', async () => {
    const { id } = await entered();
    for (const other of ['nothing', id.replace('sig_0', 'sig_1')]) {
      expect((await admin.get(`/trades/${other}`)).status).toBe(404);
      expect((await close(other)).status).toBe(404);
      expect((await patch(other, { stopLoss: null })).status).toBe(404);
    }
  });
});

test('trades are listed newest first, open and ended ones, page by page, and found by what they are', async () => {
  const trader = await newTrader(admin.ledger);
  const { accountId, strategyId, clock } = trader;
  const ids: string[] = [];
  for (let entry = 0; entry < 6; entry += 1) {
    clock.advance(1_000);
    ids.unshift((await trader.signal(BRACKET)).executionId);
  }
  await close(ids[1] ?? '');
  await close(ids[4] ?? '');
  const list = (query: string) => admin.walk(`/trades?accountId=${accountId}${query}`);
  const listed = async (query: string) => (await list(query)).map(({ tradeId }) => tradeId);
  expect(await listed('')).toEqual(ids);
  expect(await listed('&limit=1')).toEqual(ids);
  expect(await listed('&limit=4')).toEqual(ids);
  expect(await listed('&state=CLOSED&limit=1')).toEqual([ids[1], ids[4]]);
  expect(await listed('&state=OPENED')).toEqual([ids[0], ids[2], ids[3], ids[5]]);
  expect(await listed(`&strategyId=${strategyId}&symbol=MNQM5`)).toEqual(ids);
  expect(await listed('&symbol=ESM5')).toEqual([]);
  const second = new Date(clock.now() - 1_000).toISOString();
  expect(await listed(`&from=${second}`)).toEqual(ids.slice(0, 2));
  expect(await listed(`&to=${second}`)).toEqual(ids.slice(1));
  expect(await listed(`&from=${second}&to=${new Date(0).toISOString()}`)).toEqual([]);
  const all = (await admin.walk('/trades?limit=3')).map(({ tradeId }) => String(tradeId));
  expect(all).toEqual(all.toSorted().reverse());
  expect(new Set(all).size).toBe(all.length);
});

describe('changing where a trade is closed', () => {
  test('replaces one, keeps the other, and takes one away', async () => {
    const { id } = await entered();
    expect((await patch(id, { stopLoss: { amount: 3 } })).body).toMatchObject({
      stopLoss: { amount: '3' },
      takeProfit: { price: '110' },
      orders: [{ stopPrice: '97' }, { limitPrice: '110' }],
    });
    expect((await patch(id, { takeProfit: null, stopLoss: { trailAmount: '4' } })).body).toMatchObject({
      takeProfit: null,
      stopLoss: { trailAmount: '4' },
      orders: [{ type: 'trailing_stop', trail: { type: 'amount', amount: '4' } }],
    });
  });

  test('that the venue refuses leaves it as it was, in the venue\u2019s words', async () => {
    const { id, read } = await entered(BRACKET, { faults: [nth('reject', 3)] });
    const { status, body } = await patch(id, { stopLoss: { price: 97 } });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'PROTECTION_REFUSED' });
    expect(body.error.message).toContain('rehearse');
    expect(await read()).toMatchObject({ stopLoss: { price: '95' }, orders: [{ stopPrice: '95' }, {}] });
  });

  test.each([
    [{}, BRACKET, { stopLoss: { price: 100 } }, 'WOULD_TRIGGER'],
    [
      { oco: 'none' },
      { ...BRACKET, takeProfit: undefined },
      { takeProfit: { price: 110 } },
      'PROTECTION_UNSUPPORTED',
    ],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { stopLoss: { price: 98 } }, 'STOP_LOSS_WRONG_SIDE'],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { takeProfit: { price: 97 } }, 'TAKE_PROFIT_WRONG_SIDE'],
  ] as const)('%j %j: %j is refused before anything is changed', async (simulation, signal, body, code) => {
    const { takeProfit, ...rest } = signal;
    const { id, read } = await entered(takeProfit ? signal : rest, {
      simulation: rehearsing([], simulation),
    });
    const before = await read();
    expect(await patch(id, body)).toMatchObject({ status: 422, body: { error: { code } } });
    expect(await read()).toEqual(before);
  });

  test.each([
    [{}, 400, 'MALFORMED'],
    [{ stopLoss: {} }, 422, 'INVALID'],
    [{ stopLoss: { price: 90, percent: 1 } }, 422, 'INVALID'],
    [{ stopLoss: { percent: 100 } }, 422, 'INVALID'],
    [{ takeProfit: { trailAmount: 1 } }, 422, 'INVALID'],
    [{ takeProfit: 'soon' }, 422, 'INVALID'],
    [{ target: { price: 1 } }, 422, 'INVALID'],
  ])('%j is refused: %i', async (body, status, code) => {
    expect(await patch('anything', body)).toMatchObject({ status, body: { error: { code } } });
  });

  test('of an account that is held changes nothing', async () => {
    const { id, accountId, read } = await entered();
    const fence = await hold(admin.ledger, accountId);
    expect((await patch(id, { stopLoss: null })).status).toBe(409);
    await releaseAccount(admin.ledger, fence);
    expect(await read()).toMatchObject({ stopLoss: { price: '95' } });
  });
});

describe('closing a trade', () => {
  test('closes it, leaves a receipt, and is not possible twice', async () => {
    const { id, venue } = await entered();
    const { status, body } = await close(id, { reason: 'Enough.' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'CLOSED', openQuantity: '0', command: { status: 'COMPLETED' } });
    const { executionId } = body.command as { executionId: string };
    const { body: receipt } = await admin.get(`/signals/${executionId.split('~')[0]}`);
    expect(receipt).toMatchObject({
      webhookId: 'operator',
      signal: { action: 'exit', trade: id },
      executions: [{ executionId, status: 'COMPLETED', strategyId: 'operator' }],
    });
    expect((await close(id)).body.error.message).toBe('The trade is CLOSED.');
    expect((await venue()).filter((order) => order.startsWith('sell market'))).toHaveLength(1);
  });

  test('asked for by several at once closes it once', async () => {
    const { id, venue } = await entered();
    const answers = await Promise.all([close(id), close(id), close(id)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    expect((await venue()).filter((order) => order.startsWith('sell market'))).toHaveLength(1);
  });

  test('that the venue refuses says so, and the trade stays protected', async () => {
    const { id, read } = await entered(BRACKET, { faults: [nth('reject', 3)] });
    expect(await close(id)).toMatchObject({ status: 422, body: { error: { code: 'ORDER_REJECTED' } } });
    expect(await read()).toMatchObject({
      state: 'OPENED',
      orders: [{ stopPrice: '95' }, { limitPrice: '110' }],
    });
  });
});

describe('adjusting what a trade holds', () => {
  test('up and down, and what protects it fits', async () => {
    const { id } = await entered();
    expect((await adjust(id, 5)).body).toMatchObject({
      quantity: '5',
      openQuantity: '5',
      orders: [{ quantity: '5' }, { quantity: '5' }],
      command: { status: 'COMPLETED' },
    });
    expect((await adjust(id, '1')).body).toMatchObject({
      quantity: '5',
      openQuantity: '1',
      orders: [{ quantity: '1' }, { quantity: '1' }],
    });
    const { body } = await adjust(id, 1);
    expect(body).toMatchObject({ openQuantity: '1' });
    expect(body).not.toHaveProperty('command');
  });

  test('up, asked for by several at once, adds once', async () => {
    const { id, read } = await entered(BRACKET, {
      strategy: { sizing: { type: 'fixed', quantity: decimal(2) } },
    });
    await Promise.all([adjust(id, 5), adjust(id, 5), adjust(id, 5)]);
    expect(await read()).toMatchObject({ quantity: '5', openQuantity: '5' });
  });

  test('up passes the limits, the window and the halts of its strategy', async () => {
    const { id, accountId, read } = await entered(BRACKET, {
      strategy: { limits: { maxPosition: decimal(4) } },
    });
    expect(await adjust(id, 5)).toMatchObject({ status: 422, body: { error: { code: 'MAX_POSITION' } } });
    await admin.post(`/accounts/${accountId}/halt`, { scope: 'entries' });
    expect(await adjust(id, 3)).toMatchObject({ status: 422, body: { error: { code: 'ACCOUNT_HALTED' } } });
    expect((await adjust(id, 1)).body).toMatchObject({ openQuantity: '1' });
    expect(await read()).toMatchObject({ state: 'OPENED', openQuantity: '1' });
  });

  test('up waits for the rest of its entry', async () => {
    const faults = [nth('partial-fill', 1)];
    const pricing = { type: 'limit', limitPrice: decimal(100) } as const;
    const { id } = await entered({ ...BRACKET, quantity: decimal(4), pricing }, { faults });
    const { status, body } = await adjust(id, 3);
    expect(status).toBe(409);
    expect(body.error.message).toBe('An entry of the trade still works at the venue. It is OPENED.');
  });

  test('up once more waits for what still works of the first time', async () => {
    const trader = await entered(BRACKET, { faults: [nth('partial-fill', 3)] });
    const { id, accountId, read } = trader;
    expect((await adjust(id, 6)).body).toMatchObject({ quantity: '4', openQuantity: '4' });
    expect((await adjust(id, 6)).status).toBe(409);
    await move(accountId, 94);
    expect(await read()).toMatchObject({ tradeId: id, quantity: '6' });
    expect((await trader.venue()).filter((order) => order.startsWith('buy'))).toHaveLength(2);
  });

  test.each([
    [0, 400],
    [-1, 422],
    ['many', 422],
  ])('to %s is refused: %i', async (quantity, status) => {
    const { id } = await entered();
    expect((await adjust(id, quantity)).status).toBe(status);
  });
});

test('profit and loss are told of the account, and of its strategies as far as they are known', async () => {
  const { id, accountId, strategyId } = await entered();
  await move(accountId, 104);
  await adjust(id, 1);
  expect((await admin.get(`/accounts/${accountId}/pnl`)).body).toMatchObject({
    accountId,
    realizedPnl: '4',
    openPnl: '4',
    strategies: [
      { strategyId: 'operator', realizedPnlToday: '4', openTrades: 0, openPnl: '0' },
      { strategyId, realizedPnlToday: '0', openTrades: 1, realizedPnlOfOpenTrades: '4', openPnl: '4' },
    ],
  });
  expect((await admin.get('/accounts/absent/pnl')).status).toBe(404);
});

describe('a hint at a fill', () => {
  const hint = (accountId: string, body?: unknown) => admin.post(`/accounts/${accountId}/fills`, body);

  test('has what filled booked and protected; false and repeated ones change nothing', async () => {
    const trader = await entered({ ...BRACKET, pricing: LIMIT_98 });
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
    const { accountId } = await entered();
    expect((await hint(accountId, { filledQuantity: 2 })).status).toBe(422);
    expect((await hint('absent')).status).toBe(404);
    const fence = await hold(admin.ledger, accountId);
    expect((await hint(accountId)).status).toBe(409);
    await releaseAccount(admin.ledger, fence);
  });
});
