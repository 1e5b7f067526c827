import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import { execute } from '../../functions/engine/execute.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { lockAccount } from '../../functions/ledger/held-account.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';
import { createTrader } from '../support/trader.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

type Trader = Awaited<ReturnType<typeof createTrader>>;

/** Executes a request; something happens once everything that it is decided on has been read. */
async function executeWhile(
  made: Trader,
  request: ExecutionRequest,
  meanwhile: () => Promise<unknown> = async () => undefined,
) {
  const commands: string[] = [];
  const ledger = intercepted(store.ledger, async (call, name) => {
    commands.push(name.replace('Command', ''));
    const answer = await call();
    if (commands.length === 1) {
      await meanwhile();
    }
    return answer;
  });
  return { result: await execute({ ...made.engine, ledger }, request), commands };
}

describe('an execution on an idle account', () => {
  it('reads, takes the account with its intent, records and books', async () => {
    const made = await createTrader(store.ledger);
    const { result, commands } = await executeWhile(made, made.request({}));
    expect(result).toMatchObject({ kind: 'done', execution: { status: 'COMPLETED', retries: 0 } });
    // The paper venue keeps its orders in the same store, past this ledger.
    expect(commands).toEqual(['BatchGet', 'Update', 'Put', 'Update']);
  });

  it('is over after one read when it was executed before', async () => {
    const made = await createTrader(store.ledger);
    const request = made.request({});
    const first = await execute(made.engine, request);
    const before = await made.account();
    const { result, commands } = await executeWhile(made, request);
    expect(result).toEqual(first);
    expect(commands).toEqual(['BatchGet']);
    expect(await made.account()).toEqual(before);
  });
});

describe('what happens between the read and the taking', () => {
  it('to the position is what the signal is decided on', async () => {
    const made = await createTrader(store.ledger);
    await made.signal({ quantity: decimal(3) });
    const sell = made.request({ action: 'sell', quantity: decimal(2) });
    const { result } = await executeWhile(made, sell, () =>
      made.signal({ action: 'exit', quantity: decimal(2) }),
    );
    expect(result).toMatchObject({ execution: { status: 'COMPLETED', orders: [{ quantity: '1' }] } });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } } });
  });

  it('by a kill switch counts', async () => {
    const made = await createTrader(store.ledger);
    const { result } = await executeWhile(made, made.request({}), () =>
      haltAccount(store.ledger, made.accountId, {
        scope: 'all',
        reason: 'Enough.',
        haltedBy: 'operator',
        haltedAtMs: made.clock.now(),
      }),
    );
    expect(result).toMatchObject({ execution: { status: 'REJECTED', reason: { code: 'ACCOUNT_HALTED' } } });
    expect(await made.venue()).toEqual([]);
  });

  it('by another holder keeps the message waiting', async () => {
    const made = await createTrader(store.ledger);
    const { result } = await executeWhile(made, made.request({}), () =>
      lockAccount(store.ledger, { accountId: made.accountId, ownerId: 'another', nowMs: made.clock.now() }),
    );
    expect(result).toMatchObject({ kind: 'hand-back', code: 'ACCOUNT_LEASED' });
    expect(await made.venue()).toEqual([]);
  });

  it('by the same message, delivered twice, trades once', async () => {
    const made = await createTrader(store.ledger);
    const request = made.request({});
    const { result } = await executeWhile(made, request, () => execute(made.engine, request));
    expect(result).toMatchObject({ kind: 'done', execution: { status: 'COMPLETED' } });
    expect(await made.venue()).toHaveLength(1);
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '1' } } });
  });
});
