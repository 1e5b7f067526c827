import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Halt } from '../../functions/core/halt.ts';
import type { StrategyId } from '../../functions/core/ids.ts';
import { readControls } from '../../functions/ledger/controls.ts';
import {
  haltEverything,
  haltStrategy,
  readGlobalHalt,
  readStrategyHalt,
  resumeEverything,
  resumeStrategy,
} from '../../functions/ledger/halts.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { intercepted } from '../support/intercepted-ledger.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const all: Halt = { scope: 'all', reason: 'the first', haltedBy: 'abc', haltedAtMs: 1_000 };
const entries: Halt = { ...all, scope: 'entries' };
const later = { reason: 'a later one', haltedBy: 'def', haltedAtMs: 2_000 };

const SWITCHES = [
  {
    what: 'a strategy',
    halt: (ledger: Ledger, halt: Halt, id: string) => haltStrategy(ledger, id as StrategyId, halt),
    resume: (ledger: Ledger, id: string) => resumeStrategy(ledger, id as StrategyId),
    read: (ledger: Ledger, id: string) => readStrategyHalt(ledger, id as StrategyId),
  },
  {
    what: 'everything',
    halt: (ledger: Ledger, halt: Halt) => haltEverything(ledger, halt),
    resume: (ledger: Ledger) => resumeEverything(ledger),
    read: (ledger: Ledger) => readGlobalHalt(ledger),
  },
];

describe.each(SWITCHES)('the kill switch of $what', ({ halt, resume, read }) => {
  let tests = 0;
  const begin = async () => {
    tests += 1;
    const id = `strategy-${tests}`;
    await resume(store.ledger, id);
    return id;
  };

  test('is thrown, read and lifted', async () => {
    const id = await begin();
    expect(await read(store.ledger, id)).toBeUndefined();
    expect(await halt(store.ledger, all, id)).toEqual(all);
    expect(await read(store.ledger, id)).toEqual(all);
    expect(await resume(store.ledger, id)).toEqual(all);
    expect(await read(store.ledger, id)).toBeUndefined();
    expect(await resume(store.ledger, id)).toBeUndefined();
  });

  test.each([
    ['a second one keeps the first', all, { ...all, ...later }, all],
    ['one of entries is widened', entries, { ...all, ...later }, { ...all, ...later }],
    ['one of everything is not narrowed', all, { ...entries, ...later }, all],
    ['a second one of entries keeps the first', entries, { ...entries, ...later }, entries],
  ])('%s', async (_, first, second, standing) => {
    const id = await begin();
    await halt(store.ledger, first, id);
    expect(await halt(store.ledger, second, id)).toEqual(standing);
    expect(await read(store.ledger, id)).toEqual(standing);
  });

  test('a halt that was thrown after somebody looked is not lifted by what they decided then', async () => {
    const id = await begin();
    await halt(store.ledger, entries, id);
    const widened = { ...all, ...later };
    const meanwhile = betweenReadAndWrite(store.ledger, () => halt(store.ledger, widened, id));
    await expect(resume(meanwhile, id)).rejects.toMatchObject({ code: 'CONFLICT' });
    expect(await read(store.ledger, id)).toEqual(widened);
  });

  test('lifting is done once and for all when its answer is lost and it is repeated', async () => {
    const id = await begin();
    await halt(store.ledger, all, id);
    const twice = repeatingWrites(store.ledger);
    expect(await resume(twice, id)).toEqual(all);
    expect(await read(store.ledger, id)).toBeUndefined();
  });
});

test('the engine reads both switches with the strategy', async () => {
  const strategyId = 'read-by-engine' as StrategyId;
  await resumeEverything(store.ledger);
  expect(await readControls(store.ledger, strategyId)).toMatchObject({
    strategyHalt: undefined,
    globalHalt: undefined,
  });
  await haltStrategy(store.ledger, strategyId, entries);
  await haltEverything(store.ledger, all);
  expect(await readControls(store.ledger, strategyId)).toMatchObject({
    strategyHalt: entries,
    globalHalt: all,
  });
  expect(await readControls(store.ledger, 'another' as StrategyId)).toMatchObject({
    strategyHalt: undefined,
    globalHalt: all,
  });
});

/** A ledger through which something happens after the first call. */
function betweenReadAndWrite(ledger: Ledger, happen: () => Promise<unknown>): Ledger {
  let calls = 0;
  return intercepted(ledger, async (call) => {
    const result = await call();
    calls += 1;
    if (calls === 1) {
      await happen();
    }
    return result;
  });
}

/** A ledger whose every call takes effect twice, as when the SDK repeats it after a lost answer. */
function repeatingWrites(ledger: Ledger): Ledger {
  return intercepted(ledger, async (call) => {
    await call();
    return call();
  });
}
