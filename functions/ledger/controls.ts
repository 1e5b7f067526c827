import * as z from 'zod/mini';
import type { Circuit } from '../core/circuit.ts';
import type { Strategy } from '../core/configuration.ts';
import type { Halt } from '../core/halt.ts';
import type { StrategyId } from '../core/ids.ts';
import { readCircuitItem } from './circuit-item.ts';
import { type Item, itemAt, readItems } from './read-items.ts';
import { haltShape } from './shapes/halt.ts';
import { strategyShape } from './shapes/strategy.ts';
import { type Key, keys, type Ledger } from './table.ts';

/** Everything beside the account that decides whether a strategy may trade, as of one moment. */
export interface Controls {
  /** Absent when it was deleted. */
  readonly strategy: Strategy | undefined;
  readonly circuit: Circuit;
  readonly strategyHalt: Halt | undefined;
  readonly globalHalt: Halt | undefined;
}

/**
 * Reads the strategy, its circuit and the kill switches in one call. Strongly consistent, so that a switch counts for
 * the very next message.
 */
export async function readControls(ledger: Ledger, strategyId: StrategyId): Promise<Controls> {
  return controlsIn(await readItems(ledger, controlKeysOf(strategyId)), strategyId);
}

/** Where the controls of a strategy are. */
export function controlKeysOf(id: StrategyId): Key[] {
  return [keys.strategy(id), keys.circuit(id), keys.strategyHalt(id), keys.globalHalt()];
}

/** The controls of a strategy among the items that were read. */
export function controlsIn(items: readonly Item[], id: StrategyId): Controls {
  const haltAt = (key: Key): Halt | undefined => {
    const item = itemAt(items, key);
    return item && z.parse(haltShape, item);
  };
  const strategy = itemAt(items, keys.strategy(id));
  return {
    strategy: strategy && z.parse(strategyShape, strategy),
    circuit: readCircuitItem(itemAt(items, keys.circuit(id))),
    strategyHalt: haltAt(keys.strategyHalt(id)),
    globalHalt: haltAt(keys.globalHalt()),
  };
}
