import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution, ExecutionRequest } from '../../functions/core/execution.ts';
import { type ExecutionId, parseExecutionId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { recordExecution } from '../../functions/ledger/executions.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { createTrader } from '../support/trader.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { receiptOf } from './operations-support.ts';
import { execution, executionId, order } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const why = { reason: 'It was halted by mistake.' };
const pathOf = (id: string) => `/executions/${encodeURIComponent(id)}`;
const reExecute = (id: string, body: unknown = why) => admin.post(`${pathOf(id)}/re-execute`, body);

/** The messages that are in the accounts queue; it is empty afterwards. */
async function messages(): Promise<ExecutionRequest[]> {
  return (await admin.queues.drain(admin.queues.accounts)).map(({ body }) => JSON.parse(body));
}

/** A record as the engine leaves it, with its receipt. */
async function recorded(seconds: number, part: Partial<Execution>, receipt: Partial<Receipt> = {}) {
  const id = executionId(seconds, 'account', 'strategy');
  const ids = parseExecutionId(id);
  const written = { ...execution(id, part), ...ids };
  await recordExecution(admin.ledger, written, 1);
  const request = {
    ...written,
    multiplier: decimal(1),
    signal: { symbol: 'MNQM5', action: 'buy', timeInForce: 'day' } as const,
    maxSignalAgeSeconds: 60,
  };
  await recordReceipt(admin.ledger, receiptOf(request, receipt));
  return id;
}

const unfilled = (id: ExecutionId, part: Parameters<typeof order>[1]) =>
  order(id, { filledQuantity: decimal(0), ...part });

describe('what is refused without force', () => {
  const at = (seconds: number) => executionId(seconds, 'account', 'strategy');
  test.each([
    ['COMPLETED', 1, { status: 'COMPLETED' }, 'It is COMPLETED.'],
    ['HALTED', 2, { status: 'HALTED' }, 'It is HALTED.'],
    ['rolled back after a fill', 3, { status: 'ROLLED_BACK' }, 'filled 2'],
    [
      'with an order that works',
      4,
      { status: 'ROLLED_BACK', orders: [unfilled(at(4), { status: 'NEW' })] },
      'may still fill',
    ],
    [
      'with an order that may turn up late',
      5,
      {
        status: 'ROLLED_BACK',
        orders: [unfilled(at(5), { status: 'DENIED' })],
        watched: [{ clientOrderId: order(at(5)).clientOrderId, untilMs: Date.now() + 60_000 }],
      },
      'may still fill',
    ],
  ] as const)('one that is %s', async (_, seconds, part, message) => {
    const id = await recorded(seconds, part as Partial<Execution>);
    const { status, body } = await reExecute(id);
    expect(status).toBe(409);
    expect(body.error.message).toContain(message);
    expect(await messages()).toEqual([]);
    expect((await admin.get(pathOf(id))).body).not.toHaveProperty('reexecutedAs');

    expect((await reExecute(id, { ...why, force: true })).status).toBe(202);
    expect(await messages()).toHaveLength(1);
  });
});

test.each([
  ['SKIPPED', 11, { status: 'SKIPPED', orders: [] }],
  [
    'REJECTED',
    12,
    {
      status: 'REJECTED',
      orders: [unfilled(executionId(12, 'account', 'strategy'), { status: 'REJECTED' })],
    },
  ],
  [
    'ROLLED_BACK, and watched for long enough',
    13,
    {
      status: 'ROLLED_BACK',
      orders: [unfilled(executionId(13, 'account', 'strategy'), { status: 'DENIED' })],
      watched: [{ clientOrderId: 'of1', untilMs: Date.now() - 1 }],
    },
  ],
] as const)('one that is %s needs no force', async (_, seconds, part) => {
  const id = await recorded(seconds, part as unknown as Partial<Execution>);
  expect((await reExecute(id)).status).toBe(202);
  expect(await messages()).toHaveLength(1);
});

describe('what is refused with force as well', () => {
  const force = { ...why, force: true };

  test('one whose orders are unknown', async () => {
    const id = await recorded(21, { status: 'UNKNOWN' });
    const { status, body } = await reExecute(id, force);
    expect(status).toBe(409);
    expect(body.error.message).toBe('What became of its orders is unknown; resolve that first.');
    expect(await messages()).toEqual([]);
  });

  test('one that has not ended', async () => {
    const trader = await createTrader(admin.ledger);
    const request = trader.request({ action: 'buy' });
    await recordReceipt(admin.ledger, receiptOf(request));
    const { status, body } = await reExecute(request.executionId, force);
    expect(status).toBe(409);
    expect(body.error.message).toBe('The execution has not ended.');
  });

  test.each([
    [
      'without a multiplier',
      22,
      { targets: [{ ...parseExecutionId(executionId(22, 'account', 'strategy')) }] },
    ],
    ['of a signal that was refused', 23, { status: 'refused', reason: { code: 'X', message: 'x' } }],
  ])('one with a receipt %s', async (_, seconds, receipt) => {
    const id = await recorded(seconds, { status: 'SKIPPED', orders: [] }, receipt as Partial<Receipt>);
    const { status, body } = await reExecute(id, force);
    expect(status).toBe(409);
    expect(body.error.message).toBe('The receipt of its signal does not say what it was asked to do.');
    expect((await admin.get(pathOf(id))).body).not.toHaveProperty('reexecutedAs');
  });

  test('one that is not there', async () => {
    for (const id of [executionId(99, 'nobody'), 'not-an-id']) {
      expect((await reExecute(id, force)).status).toBe(404);
    }
  });
});
