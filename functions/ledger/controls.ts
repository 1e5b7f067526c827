import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Circuit } from '../core/circuit.ts';
import type { Strategy } from '../core/configuration.ts';
import { OnefillError } from '../core/errors.ts';
import type { Halt } from '../core/halt.ts';
import type { StrategyId } from '../core/ids.ts';
import { readCircuitItem } from './circuit-item.ts';
import { strategyShape } from './configuration-schemas.ts';
import { haltShape } from './schemas.ts';
import { type Key, keys, type Ledger } from './table.ts';

/** Everything beside the account that decides whether a strategy may trade, as of one moment. */
export interface Controls {
  /** Absent when it was deleted. */
  readonly strategy: Strategy | undefined;
  readonly circuit: Circuit;
  readonly strategyHalt: Halt | undefined;
  readonly globalHalt: Halt | undefined;
}

/** A store that is short of capacity may answer in parts. */
const READS_MAX = 4;

/**
 * Reads the strategy, its circuit and the kill switches in one call. Strongly consistent, so that a switch counts for
 * the very next message.
 */
export async function readControls(ledger: Ledger, strategyId: StrategyId): Promise<Controls> {
  const wanted = {
    strategy: keys.strategy(strategyId),
    circuit: keys.circuit(strategyId),
    strategyHalt: keys.strategyHalt(strategyId),
    globalHalt: keys.globalHalt(),
  };
  const items = await readAll(ledger, Object.values(wanted));
  const find = ({ pk, sk }: Key) => items.find((item) => item.pk === pk && item.sk === sk);
  const halt = (key: Key): Halt | undefined => {
    const item = find(key);
    return item && z.parse(haltShape, item);
  };
  const strategy = find(wanted.strategy);
  return {
    strategy: strategy && z.parse(strategyShape, strategy),
    circuit: readCircuitItem(find(wanted.circuit)),
    strategyHalt: halt(wanted.strategyHalt),
    globalHalt: halt(wanted.globalHalt),
  };
}

async function readAll(ledger: Ledger, wanted: readonly Key[]): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let left: Record<string, unknown>[] = [...wanted];
  for (let reads = 0; left.length > 0; reads += 1) {
    if (reads === READS_MAX) {
      throw new OnefillError('STORE_BUSY', 'retry', 'The store answered only a part of what was asked.');
    }
    const { Responses = {}, UnprocessedKeys = {} } = await ledger.client.send(
      new BatchGetCommand({ RequestItems: { [ledger.tableName]: { Keys: left, ConsistentRead: true } } }),
    );
    items.push(...(Responses[ledger.tableName] ?? []));
    left = UnprocessedKeys[ledger.tableName]?.Keys ?? [];
  }
  return items;
}
