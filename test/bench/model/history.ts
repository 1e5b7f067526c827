import {
  executionIdOf,
  type SignalId,
  type StrategyId,
  signalIdPrefixAt,
} from '../../../functions/core/ids.ts';
import { operationsKeys } from '../../../functions/ledger/operations-table.ts';
import { keys } from '../../../functions/ledger/table.ts';
import { type ModelLedger, modelLedger } from '../../simulation/model-table.ts';
import { seededRandom } from '../../simulation/random.ts';
import type { Item } from '../../simulation/table/values.ts';
import { accountIdOf, publishedDelays, Traffic } from './traffic.ts';

/** What was recorded before: so many signals, one after the other, each with one order of the next account in turn. */
export interface History {
  readonly signals: number;
  readonly accounts: number;
  /** When the youngest of them was received. */
  readonly untilMs: number;
}

/** Two signals are so far apart: a million of them are a year. */
export const SIGNAL_INTERVAL_MS = 31_500;

/** A strategy that traded so often in all of a history; as long a name as the others have. */
export const SELDOM = 'seldom-one' as StrategyId;
const SELDOM_SIGNALS = 60;

const HASH_CHARACTERS = 16;
const BROKER_MS = 50;

/** A ledger with that history, and nothing else. Takes about a gigabyte of memory for a million signals. */
export async function ledgerWith(history: History): Promise<ModelLedger> {
  const store = modelLedger();
  store.load(store.ledger.tableName, itemsOf(history, await templates()));
  store.load(store.operations.tableName, listingsOf(history));
  return store;
}

/** The id of a signal of a history; 0 is the youngest. */
export function historicSignalId({ untilMs }: History, age: number): SignalId {
  const hash = String(age).padStart(HASH_CHARACTERS, '0');
  return `${signalIdPrefixAt(untilMs - age * SIGNAL_INTERVAL_MS)}${hash}` as SignalId;
}

/** The id of that signal's execution. */
export function historicExecutionId(history: History, age: number) {
  const { accountId, strategyId } = tradedBy(history, age);
  return executionIdOf(historicSignalId(history, age), strategyId, accountId);
}

function tradedBy({ signals, accounts }: History, age: number) {
  const index = age % accounts;
  const isSeldom = age % Math.floor(signals / SELDOM_SIGNALS) === SELDOM_SIGNALS / 2;
  const strategyId = isSeldom ? SELDOM : (`strategy-${index}` as StrategyId);
  return { accountId: accountIdOf(index), strategyId };
}

/** What lists find the orders of {@link SELDOM} by, as if there had been listings from the first day on. */
function* listingsOf(history: History): Iterable<Item> {
  yield { ...operationsKeys.listingBeginning(), atMs: 0 };
  for (let age = 0; age < history.signals; age += 1) {
    const { strategyId } = tradedBy(history, age);
    if (strategyId === SELDOM) {
      const listing = { kind: 'execution', by: 'strategyId', value: strategyId } as const;
      yield operationsKeys.listing(listing, historicExecutionId(history, age));
    }
  }
}

interface Templates {
  readonly execution: Item;
  readonly receipt: Item;
}

/** What the functions leave behind of one signal: history is of the same shape and size. */
async function templates(): Promise<Templates> {
  const traffic = new Traffic(publishedDelays(seededRandom(1), BROKER_MS));
  const { store, time } = traffic.world;
  await time.run(async () => {
    await traffic.configure(1);
    await traffic.send(0, { id: 'template', symbol: 'MNQM5', action: 'buy', quantity: 1, price: 100 });
    await traffic.drained();
  });
  const items = store.items(store.ledger.tableName) as Item[];
  const execution = items.find(({ sk }) => String(sk).startsWith('EXECUTION#'));
  const receipt = items.find(({ pk }) => String(pk).startsWith('SIGNAL#'));
  if (!execution || !receipt) {
    throw new Error('A signal left no record.');
  }
  return { execution, receipt };
}

/** Shares with the templates all that has no id in it. */
function* itemsOf(history: History, { execution, receipt }: Templates): Iterable<Item> {
  for (let age = history.signals - 1; age >= 0; age -= 1) {
    const signalId = historicSignalId(history, age);
    const executionId = historicExecutionId(history, age);
    const { accountId, strategyId } = tradedBy(history, age);
    const ids = { executionId, strategyId, accountId };
    const receivedAtMs = history.untilMs - age * SIGNAL_INTERVAL_MS;
    yield { ...execution, ...keys.execution(accountId, executionId), ...ids, signalId, receivedAtMs };
    const [target = {}] = receipt.targets as readonly Item[];
    const targets = [{ ...target, ...ids }];
    yield { ...receipt, ...keys.receipt(signalId), signalId, receivedAtMs, targets };
  }
}
