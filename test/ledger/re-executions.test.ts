import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Execution, ExecutionRequest } from '../../functions/core/execution.ts';
import type { ExecutionId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { recordCommand, withdrawCommand } from '../../functions/ledger/command-receipts.ts';
import { readExecution, recordExecution } from '../../functions/ledger/executions.ts';
import { markReexecuted } from '../../functions/ledger/re-executions.ts';
import { readReceipt } from '../../functions/ledger/receipts.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { requestOf } from '../support/world.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

function executionOf(request: ExecutionRequest, status: Execution['status']): Execution {
  const { signal: _, multiplier: __, maxSignalAgeSeconds: ___, ...ids } = request;
  return { ...ids, status, orders: [], steps: [], retries: 0, startedAtMs: 1, endedAtMs: 2 };
}

async function recorded(status: Execution['status']) {
  const request = requestOf('account', {});
  await recordExecution(store.ledger, executionOf(request, status), 5);
  return request;
}

const started = (number: number) => `started-${number}` as ExecutionId;

describe('the mark of a re-execution', () => {
  test('is given once, and asking again gives the first', async () => {
    const request = await recorded('REJECTED');
    expect(await markReexecuted(store.ledger, request, started(1))).toBe(started(1));
    expect(await markReexecuted(store.ledger, request, started(2))).toBe(started(1));
    const { accountId, executionId } = request;
    expect(await readExecution(store.ledger, accountId, executionId)).toEqual({
      execution: { ...executionOf(request, 'REJECTED'), reexecutedAs: started(1) },
      fencingToken: 5,
    });
  });

  test('is given to one of many who ask at once', async () => {
    const request = await recorded('REJECTED');
    const asked = Array.from({ length: 20 }, (_, number) =>
      markReexecuted(store.ledger, request, started(number)),
    );
    expect(new Set(await Promise.all(asked)).size).toBe(1);
  });

  test('is the same when its answer is lost and it is repeated', async () => {
    const request = await recorded('SKIPPED');
    const twice = intercepted(store.ledger, async (call) => {
      await call();
      return call();
    });
    expect(await markReexecuted(twice, request, started(1))).toBe(started(1));
  });

  test('is not given to an execution whose outcome is unknown', async () => {
    const request = await recorded('UNKNOWN');
    expect(await markReexecuted(store.ledger, request, started(1))).toBeUndefined();
    const { accountId, executionId } = request;
    const record = await readExecution(store.ledger, accountId, executionId);
    expect(record?.execution).not.toHaveProperty('reexecutedAs');
  });

  test('makes no record where there is none', async () => {
    const request = requestOf('account', {});
    expect(await markReexecuted(store.ledger, request, started(1))).toBeUndefined();
    expect(await readExecution(store.ledger, request.accountId, request.executionId)).toBeUndefined();
  });
});

describe('the receipt of a command', () => {
  const base = (request: ExecutionRequest) => ({
    signalId: request.signalId,
    webhookId: request.webhookId,
    correlationId: 'correlation',
    receivedAtMs: 1,
    sourceIp: '203.0.113.7',
    duplicates: 0,
    signal: request.signal,
  });
  const accepted = (request: ExecutionRequest): Receipt => ({
    ...base(request),
    status: 'accepted',
    targets: [],
  });
  const refused = (request: ExecutionRequest): Extract<Receipt, { status: 'refused' }> => ({
    ...base(request),
    status: 'refused',
    reason: { code: 'ACCOUNT_LEASED', message: 'The account is executing something.' },
  });

  test('is the first that was written', async () => {
    const request = requestOf('account', {});
    await recordCommand(store.ledger, accepted(request));
    await recordCommand(store.ledger, { ...accepted(request), receivedAtMs: 2 });
    expect(await readReceipt(store.ledger, request.signalId)).toEqual(accepted(request));
  });

  test('is withdrawn, and stays so when the first write arrives once more', async () => {
    const request = requestOf('account', {});
    await recordCommand(store.ledger, accepted(request));
    await withdrawCommand(store.ledger, refused(request));
    await recordCommand(store.ledger, accepted(request));
    expect(await readReceipt(store.ledger, request.signalId)).toEqual(refused(request));
  });

  test('is not withdrawn where none was given', async () => {
    const request = requestOf('account', {});
    await withdrawCommand(store.ledger, refused(request));
    expect(await readReceipt(store.ledger, request.signalId)).toBeUndefined();
  });
});
