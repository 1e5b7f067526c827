import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { releaseAccount } from '../../functions/ledger/held-account.ts';
import { nth } from '../support/trader.ts';
import { rehearsing } from '../support/world.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { hold, newTrader } from './operations-support.ts';
import { BRACKET, LIMIT_98, tradeDesk } from './trades-support.ts';

let admin: AdminHarness;
let desk: ReturnType<typeof tradeDesk>;
beforeAll(async () => {
  admin = await startAdmin();
  desk = tradeDesk(admin);
});
afterAll(() => admin.stop());

describe('a trade', () => {
  test('is shown with what it holds, what protects it and what it makes', async () => {
    const { id, accountId, strategyId, read } = await desk.entered();
    await desk.move(accountId, 103);
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
      openPnl: '12',
      takeProfit: { price: '110' },
      stopLoss: { price: '95' },
      orders: [
        { kind: 'stop-loss', type: 'stop', stopPrice: '95', quantity: '2', status: 'NEW' },
        { kind: 'take-profit', type: 'limit', limitPrice: '110', quantity: '2', status: 'NEW' },
      ],
      endedAt: null,
    });
    const { items } = (await admin.get(`/accounts/${accountId}/positions`)).body;
    expect(items).toMatchObject([{ quantity: '2', openPnl: '12' }]);
  });

  test('goes through its states', async () => {
    const trail = { type: 'trail', trail: { type: 'percent', percent: decimal(5) } } as const;
    const { accountId, read } = await desk.entered({ ...BRACKET, pricing: LIMIT_98, stopLoss: trail });
    expect(await read()).toMatchObject({
      state: 'WAITING',
      // What is ordered, as long as nothing is filled.
      quantity: '2',
      openQuantity: '0',
      openPnl: '0',
      stopLoss: { trailPercent: '5' },
      orders: [],
      openedAt: null,
    });
    await desk.move(accountId, 98);
    expect(await read()).toMatchObject({ state: 'OPENED', entryPrice: '98', openPnl: '0' });
    await desk.move(accountId, 120);
    expect(await read()).toMatchObject({
      state: 'CLOSED',
      exitPrice: '110',
      realizedPnl: '48',
      openPnl: '0',
      orders: [],
    });
  });

  test('that is ahead is brought to break even, and closed there when the market comes back', async () => {
    const { id, accountId, read } = await desk.entered(BRACKET);
    await desk.move(accountId, 105);
    const moved = await desk.patch(id, { stopLoss: { breakEven: true } });
    expect(moved).toMatchObject({ status: 200, body: { stopLoss: { breakEven: true } } });
    expect(moved.body.orders).toMatchObject([{ stopPrice: '100' }, { limitPrice: '110' }]);
    await desk.move(accountId, 100);
    expect(await read()).toMatchObject({ state: 'CLOSED', exitPrice: '100', realizedPnl: '0' });
  });

  test('that is not ahead is not brought to break even', async () => {
    const { id } = await desk.entered(BRACKET);
    expect(await desk.patch(id, { stopLoss: { breakEven: true } })).toMatchObject({
      status: 422,
      body: { error: { code: 'WOULD_TRIGGER' } },
    });
    expect((await desk.patch(id, { stopLoss: { breakEven: false } })).status).toBe(422);
    expect((await desk.patch(id, { stopLoss: { breakEven: true, price: 99 } })).status).toBe(422);
  });

  test('is closing while an exit of it works, and then nothing of it is changed', async () => {
    const { id, signal, read } = await desk.entered({ quantity: decimal(2), price: decimal(100) });
    await signal({
      action: 'exit',
      quantity: decimal(2),
      pricing: { type: 'limit', limitPrice: decimal(130) },
    });
    expect(await read()).toMatchObject({ state: 'CLOSING' });
    for (const answer of [
      await desk.close(id),
      await desk.adjust(id, 1),
      await desk.patch(id, { stopLoss: { price: 90 } }),
    ]) {
      expect(answer.status).toBe(409);
      expect(answer.body.error.message).toBe('The trade is CLOSING.');
    }
  });

  test('whose entry is cancelled is canceled', async () => {
    const { id, signal, read } = await desk.entered({ ...BRACKET, pricing: LIMIT_98 });
    await signal({ action: 'cancel' });
    expect(await read()).toMatchObject({ state: 'CANCELED', quantity: '0' });
    expect((await desk.close(id)).body.error.message).toBe('The trade is CANCELED.');
  });

  test('that is not there is not found', async () => {
    const { id } = await desk.entered();
    for (const other of ['nothing', id.replace('sig_0', 'sig_1')]) {
      expect((await admin.get(`/trades/${other}`)).status).toBe(404);
      expect((await desk.close(other)).status).toBe(404);
      expect((await desk.patch(other, { stopLoss: null })).status).toBe(404);
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
  await desk.close(ids[1] ?? '');
  await desk.close(ids[4] ?? '');
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
    const { id } = await desk.entered();
    expect((await desk.patch(id, { stopLoss: { amount: 3 } })).body).toMatchObject({
      stopLoss: { amount: '3' },
      takeProfit: { price: '110' },
      orders: [{ stopPrice: '97' }, { limitPrice: '110' }],
    });
    expect((await desk.patch(id, { takeProfit: null, stopLoss: { trailAmount: '4' } })).body).toMatchObject({
      takeProfit: null,
      stopLoss: { trailAmount: '4' },
      orders: [{ type: 'trailing_stop', trail: { type: 'amount', amount: '4' } }],
    });
  });

  test('that the venue refuses leaves it as it was, in the venue\u2019s words', async () => {
    const { id, read } = await desk.entered(BRACKET, { faults: [nth('reject', 3)] });
    const { status, body } = await desk.patch(id, { stopLoss: { price: 97 } });
    expect({ status, code: body.error.code }).toEqual({ status: 422, code: 'PROTECTION_REFUSED' });
    expect(body.error.message).toContain('rehearse');
    expect(await read()).toMatchObject({ stopLoss: { price: '95' }, orders: [{ stopPrice: '95' }, {}] });
  });

  test.each([
    [{}, BRACKET, { stopLoss: { price: 100 } }, 'WOULD_TRIGGER'],
    [{}, BRACKET, { takeProfit: { price: 100 } }, 'WOULD_TRIGGER'],
    [
      { oco: 'none' },
      { ...BRACKET, takeProfit: undefined },
      { takeProfit: { price: 110 } },
      'PROTECTION_UNSUPPORTED',
    ],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { stopLoss: { price: 99 } }, 'STOP_LOSS_WRONG_SIDE'],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { stopLoss: { price: 98 } }, 'ZERO_RISK_DISTANCE'],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { stopLoss: { breakEven: true } }, 'ZERO_RISK_DISTANCE'],
    [{}, { ...BRACKET, pricing: LIMIT_98 }, { takeProfit: { price: 97 } }, 'TAKE_PROFIT_WRONG_SIDE'],
  ] as const)('%j %j: %j is refused before anything is changed', async (simulation, signal, body, code) => {
    const { takeProfit, ...rest } = signal;
    const { id, read } = await desk.entered(takeProfit ? signal : rest, {
      simulation: rehearsing([], simulation),
    });
    const before = await read();
    expect(await desk.patch(id, body)).toMatchObject({ status: 422, body: { error: { code } } });
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
    expect(await desk.patch('anything', body)).toMatchObject({ status, body: { error: { code } } });
  });

  test('of an account that is held changes nothing', async () => {
    const { id, accountId, read } = await desk.entered();
    const fence = await hold(admin.ledger, accountId);
    expect((await desk.patch(id, { stopLoss: null })).status).toBe(409);
    await releaseAccount(admin.ledger, fence);
    expect(await read()).toMatchObject({ stopLoss: { price: '95' } });
  });
});

describe('closing a trade', () => {
  test('closes it, leaves a receipt, and is not possible twice', async () => {
    const { id, venue } = await desk.entered();
    const { status, body } = await desk.close(id, { reason: 'Enough.' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ state: 'CLOSED', openQuantity: '0', command: { status: 'COMPLETED' } });
    const { executionId } = body.command as { executionId: string };
    const { body: receipt } = await admin.get(`/signals/${executionId.split('~')[0]}`);
    expect(receipt).toMatchObject({
      webhookId: 'operator',
      signal: { action: 'exit', trade: id },
      executions: [{ executionId, status: 'COMPLETED', strategyId: 'operator' }],
    });
    expect((await desk.close(id)).body.error.message).toBe('The trade is CLOSED.');
    expect((await venue()).filter((order) => order.startsWith('sell market'))).toHaveLength(1);
  });

  test('asked for by several at once closes it once', async () => {
    const { id, venue } = await desk.entered();
    const answers = await Promise.all([desk.close(id), desk.close(id), desk.close(id)]);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2);
    expect((await venue()).filter((order) => order.startsWith('sell market'))).toHaveLength(1);
  });

  test('that the venue refuses says so, and the trade stays protected', async () => {
    const { id, read } = await desk.entered(BRACKET, { faults: [nth('reject', 3)] });
    expect(await desk.close(id)).toMatchObject({ status: 422, body: { error: { code: 'ORDER_REJECTED' } } });
    expect(await read()).toMatchObject({
      state: 'OPENED',
      orders: [{ stopPrice: '95' }, { limitPrice: '110' }],
    });
  });
});
