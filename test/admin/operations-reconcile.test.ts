import { Logger } from '@aws-lambda-powertools/logger';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createAdminApi } from '../../functions/admin/api.ts';
import type { AdminContext } from '../../functions/admin/route.ts';
import { TIMING } from '../../functions/core/lease.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { TestClock, testEngine } from '../support/world.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { bookPosition, hold, newTrader } from './operations-support.ts';
import { beginExecution, executionId } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const operate = (accountId: string, verb: string, body?: unknown) =>
  admin.post(`/accounts/${accountId}/${verb}`, body);

describe('reconciling on demand', () => {
  test('finds nothing to do', async () => {
    const trader = await newTrader(admin.ledger);
    await trader.signal({ action: 'buy' });
    expect(await operate(trader.accountId, 'reconcile')).toMatchObject({
      status: 200,
      body: { accountId: trader.accountId, openOrders: 0, changedOrders: 0, drift: [], halted: false },
    });
  });

  test('finishes what a dead holder left', async () => {
    await admin.put('/accounts/orphaned', { broker: 'paper' });
    const orphan = executionId(0, 'orphaned');
    await beginExecution(admin.ledger, orphan, 'sending');
    const { status, body } = await operate('orphaned', 'reconcile', { reason: 'It looks stuck.' });
    expect(status).toBe(200);
    expect(body).toMatchObject({ recovered: { executionId: orphan, status: expect.any(String) } });
    expect((await admin.get('/accounts/orphaned/state')).body).toMatchObject({ activeExecutionId: null });
  });

  test('finds positions that are not the broker’s, and halts the account if it is to', async () => {
    const trader = await newTrader(admin.ledger, {
      account: { limits: { timeZone: 'UTC', haltOnDrift: true } },
    });
    // A position that our books have and the broker has not.
    await bookPosition(admin.ledger, trader.accountId);
    expect((await operate(trader.accountId, 'reconcile')).body).toMatchObject({
      drift: [{ symbol: 'MNQM5', ours: '5', brokers: '0' }],
      halted: true,
    });
    expect((await admin.get(`/accounts/${trader.accountId}/state`)).body.halt).toMatchObject({
      scope: 'all',
      haltedBy: 'onefill',
    });
  });

  test('leaves an account alone that is held', async () => {
    const trader = await newTrader(admin.ledger);
    await hold(admin.ledger, trader.accountId);
    const { status, body } = await operate(trader.accountId, 'reconcile');
    expect({ status, code: body.error.code }).toEqual({ status: 409, code: 'CONFLICT' });
  });

  test('is refused for an account that is not there', async () => {
    for (const id of ['absent', '~']) {
      expect((await operate(id, 'reconcile')).status).toBe(404);
    }
  });

  test('of everything counts what it found', async () => {
    for (const id of ['sweep-idle', 'sweep-orphan', 'sweep-held', 'sweep-drift']) {
      await admin.put(`/accounts/${id}`, { broker: 'paper' });
    }
    const before = (await admin.post('/reconcile')).body;
    await beginExecution(admin.ledger, executionId(1, 'sweep-orphan'), 'sending');
    await bookPosition(admin.ledger, 'sweep-drift');
    await hold(admin.ledger, 'sweep-held');
    const { status, body } = await admin.post('/reconcile', { reason: 'Before the open.' });
    expect(status).toBe(200);
    expect(body).toEqual({
      accounts: before.accounts,
      reconciled: Number(before.reconciled) + 2,
      recovered: 1,
      contended: 1,
      drifted: 1,
      halted: 0,
      failed: [],
      complete: true,
    });
  });
});

describe('reconciling everything in the time of one request', () => {
  /** The answer of a function with this clock and this engine. */
  async function reconcile(change: Partial<AdminContext>) {
    await admin.put('/accounts/any', { broker: 'paper' });
    const clock = new TestClock();
    const { ledger, operations } = admin;
    const context = { ledger, operations, clock, engine: testEngine(ledger, clock), ...change };
    const api = createAdminApi(context as AdminContext, new Logger({ logLevel: 'SILENT' }));
    const event = httpEvent({
      method: 'POST',
      path: '/api/v1/reconcile',
      authorizer: { role: 'operator', tokenId: 'abc' },
    });
    const { body } = await api(readRequest(event), event, lambdaContext());
    return JSON.parse(body ?? '');
  }

  test('begins with no account late', async () => {
    let nowMs = 0;
    const clock = {
      now: () => {
        nowMs += 5_001;
        return nowMs;
      },
    };
    expect(await reconcile({ clock })).toMatchObject({ reconciled: 0, contended: 0, complete: false });
  });

  test('answers although a venue does not', async () => {
    const silence = new Promise<never>(() => undefined);
    const engine = testEngine(admin.ledger, new TestClock());
    let ask = (): void => undefined;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const after: Engine['after'] = (durationMs, callback) => {
      // The time of the request is up once the venue is asked, that of the call to the venue never.
      if (durationMs > TIMING.brokerTimeoutMs) {
        void asked.then(callback);
      }
      return () => undefined;
    };
    const createBroker: Engine['createBroker'] = (account) => ({
      ...engine.createBroker(account),
      positions: () => {
        ask();
        return silence;
      },
    });
    expect(await reconcile({ engine: { ...engine, after, createBroker } })).toMatchObject({
      complete: false,
    });
  });

  test('names the accounts that fail, and goes on', async () => {
    const engine = testEngine(admin.ledger, new TestClock());
    const createBroker: Engine['createBroker'] = (account) => {
      if (account.accountId === 'any') {
        throw new Error('There is no such venue.');
      }
      return engine.createBroker(account);
    };
    const { failed, complete } = await reconcile({ engine: { ...engine, createBroker } });
    expect({ failed, complete }).toEqual({ failed: ['any'], complete: false });
  });
});
