import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution, ExecutionRequest } from '../../functions/core/execution.ts';
import { parseExecutionId } from '../../functions/core/ids.ts';
import { execute } from '../../functions/engine/execute.ts';
import { readExecution, recordExecution } from '../../functions/ledger/executions.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { createTrader } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { dieAtEveryCall } from './mortal.ts';
import { receiptOf } from './operations-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());
afterEach(() => messages());

const why = { reason: 'It was halted by mistake.' };
const pathOf = (id: string) => `/executions/${encodeURIComponent(id)}`;
const reExecute = (id: string, body: unknown = why) => admin.post(`${pathOf(id)}/re-execute`, body);

/** The messages that are in the accounts queue; it is empty afterwards. */
async function messages(): Promise<ExecutionRequest[]> {
  return (await admin.queues.drain(admin.queues.accounts)).map(({ body }) => JSON.parse(body));
}

/** A trader whose first signal was refused by a halt that is lifted since. */
async function refusedTrader() {
  const trader = await createTrader(admin.ledger);
  trader.clock.advance(Date.now() - trader.clock.now());
  const request = { ...trader.request({ action: 'buy', quantity: decimal(2) }), multiplier: decimal(3) };
  await recordReceipt(admin.ledger, receiptOf(request));
  await admin.post(`/accounts/${trader.accountId}/halt`);
  await execute(trader.engine, request);
  await admin.post(`/accounts/${trader.accountId}/resume`);
  return { ...trader, request };
}

describe('an execution that filled nothing', () => {
  test('is done again as a new signal, and only once', async () => {
    const trader = await refusedTrader();
    const { status, body } = await reExecute(trader.request.executionId);
    expect(status).toBe(202);
    const ids = parseExecutionId(String(body.executionId));
    expect(body).toEqual({ ...ids, reexecutionOf: trader.request.executionId });
    expect(ids?.signalId).not.toBe(trader.request.signalId);

    const [message, ...others] = await messages();
    expect(others).toEqual([]);
    expect(message).toEqual({
      ...trader.request,
      ...ids,
      correlationId: expect.any(String),
      receivedAtMs: expect.any(Number),
    });
    expect(Math.abs(Date.now() - Number(message?.receivedAtMs))).toBeLessThan(60_000);
    for (let deliveries = 0; deliveries < 3; deliveries += 1) {
      await execute(trader.engine, message as ExecutionRequest);
    }
    await execute(trader.engine, trader.request);
    expect(await trader.venue()).toEqual(['buy market 6 FILLED 6']);
  });

  test('and the one in its place name each other', async () => {
    const { request } = await refusedTrader();
    const { body } = await reExecute(request.executionId);
    expect((await admin.get(pathOf(request.executionId))).body).toMatchObject({
      status: 'REJECTED',
      reexecutedAs: body.executionId,
    });
    expect((await admin.get(`/signals/${body.signalId}`)).body).toMatchObject({
      status: 'accepted',
      webhookId: 'hook',
      reexecutionOf: request.executionId,
      executions: [{ executionId: body.executionId, status: 'PENDING' }],
    });
    expect((await admin.get(pathOf(String(body.executionId)))).body).toMatchObject({ status: 'PENDING' });
  });

  test('may be asked for again and again: it stays one', async () => {
    const trader = await refusedTrader();
    const { executionId } = trader.request;
    const together = await Promise.all(Array.from({ length: 8 }, () => reExecute(executionId)));
    const once = together[0]?.body.executionId;
    for (const { status, body } of [...together, await reExecute(executionId)]) {
      expect({ status, executionId: body.executionId }).toEqual({ status: 202, executionId: once });
    }
    for (const message of await messages()) {
      await execute(trader.engine, message);
    }
    expect((await reExecute(executionId)).body.executionId).toBe(once);
    for (const message of await messages()) {
      await execute(trader.engine, message);
    }
    expect(await trader.venue()).toHaveLength(1);
  });

  test('is started once when the function dies at any of its calls and is asked again', async () => {
    const traders = new Map<string, Awaited<ReturnType<typeof refusedTrader>>>();
    const deaths = await dieAtEveryCall(
      admin,
      async () => {
        const trader = await refusedTrader();
        const path = `${pathOf(trader.request.executionId)}/re-execute`;
        traders.set(path, trader);
        return { method: 'POST', path, body: why };
      },
      async ({ path }) => {
        const trader = traders.get(path);
        const { status, body } = await admin.post(path, why);
        expect(status).toBe(202);
        expect((await admin.get(`/signals/${body.signalId}`)).body).toMatchObject({ status: 'accepted' });
        const sent = await messages();
        expect(new Set(sent.map(({ executionId }) => executionId))).toEqual(new Set([body.executionId]));
        for (const message of sent) {
          await execute((trader as NonNullable<typeof trader>).engine, message);
        }
        expect(await trader?.venue()).toEqual(['buy market 6 FILLED 6']);
      },
    );
    // The record, the receipt, the mark, the new receipt, the message.
    expect(deaths).toBe(5);
  });

  test('can be done again in turn, when that came to nothing, too', async () => {
    const trader = await refusedTrader();
    const first = await reExecute(trader.request.executionId);
    await admin.post('/halt');
    await execute(trader.engine, (await messages())[0] as ExecutionRequest);
    await admin.post('/resume');
    const second = await reExecute(String(first.body.executionId));
    expect(second.status).toBe(202);
    await execute(trader.engine, (await messages())[0] as ExecutionRequest);
    expect(await trader.venue()).toEqual(['buy market 6 FILLED 6']);
    expect((await reExecute(trader.request.executionId)).body.executionId).toBe(first.body.executionId);
  });

  test('is not forgotten to be done again when its record arrives once more', async () => {
    const { request } = await refusedTrader();
    const { accountId, executionId } = request;
    const recorded = await readExecution(admin.ledger, accountId, executionId);
    const { body } = await reExecute(executionId);
    await recordExecution(admin.ledger, recorded?.execution as Execution, recorded?.fencingToken ?? 0);
    expect((await readExecution(admin.ledger, accountId, executionId))?.execution.reexecutedAs).toBe(
      body.executionId,
    );
  });

  test('is logged with the reason', async () => {
    const { request } = await refusedTrader();
    const before = admin.said.length;
    const { body } = await reExecute(request.executionId);
    const line = admin.said.slice(before).find((said) => said.includes('An operator asked for a change.'));
    expect(JSON.parse(line ?? '')).toMatchObject({
      tokenId: 'abc',
      reason: why.reason,
      startedAs: body.executionId,
    });
  });
});

test.each([
  [undefined, 'reason', 'must be text of 1 to 500 characters'],
  [{ force: true }, 'reason', 'must be text of 1 to 500 characters'],
  [{ ...why, force: 'yes' }, 'force', 'must be true or false'],
  [{ ...why, quantity: 5 }, 'quantity', 'is not known here; there is reason, force'],
])('refuses %j', async (sent, field, message) => {
  const { request } = await refusedTrader();
  const call = { method: 'POST', path: `${pathOf(request.executionId)}/re-execute` };
  const { status, body } = await admin.call(sent === undefined ? call : { ...call, body: sent });
  expect(status).toBe(422);
  expect(body.error.details).toContainEqual({ field, message });
  expect(await messages()).toEqual([]);
});
