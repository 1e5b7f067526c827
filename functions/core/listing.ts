import type { Execution } from './execution.ts';
import { parseExecutionId } from './ids.ts';
import { isFinalStatus, type OrderStatus } from './order.ts';
import type { Receipt } from './receipt.ts';
import type { EndedTrade } from './trade.ts';

/**
 * By which of their values records are listed. A value that many records have is not: whoever walks through all records
 * meets it at every turn, and each entry costs a write.
 */
const LISTED = {
  signal: {
    webhookId: () => true,
    strategyId: () => true,
    symbol: () => true,
    action: (action: string) => !['buy', 'sell', 'exit'].includes(action),
    status: (status: string) => status === 'refused',
  },
  execution: {
    strategyId: () => true,
    symbol: () => true,
    status: (status: string) => status !== 'COMPLETED',
    // An order that still works is in its account's books; what is listed by a final status stays right.
    orderStatus: (status: string) => status !== 'FILLED' && isFinalStatus(status as OrderStatus),
  },
  trade: {
    strategyId: () => true,
    symbol: () => true,
    state: (state: string) => state === 'CANCELED',
  },
} as const;

export type ListedKind = keyof typeof LISTED;

/** One value by which records of a kind are listed. */
export interface Listing {
  readonly kind: ListedKind;
  /** The name of a filter. */
  readonly by: string;
  readonly value: string;
}

/** What a record has, or what is looked for, by the names of filters. */
type Values<Kind extends ListedKind> = {
  readonly [By in keyof (typeof LISTED)[Kind]]?: string | readonly string[] | undefined;
};

/** The listings that a record with these values is in, and so those to look for it in. */
export function listingsOf<Kind extends ListedKind>(kind: Kind, values: Values<Kind>): Listing[] {
  return Object.entries<(value: string) => boolean>(LISTED[kind]).flatMap(([by, isListed]) => {
    const given: string | readonly string[] = Reflect.get(values, by) ?? [];
    return [...new Set([given].flat())].filter(isListed).map((value) => ({ kind, by, value }));
  });
}

export function listingsOfSignal(receipt: Receipt): Listing[] {
  const { webhookId, status, signal } = receipt;
  const targets = receipt.status === 'accepted' ? receipt.targets : [];
  const strategyId = targets.map((target) => target.strategyId);
  return listingsOf('signal', {
    ...{ webhookId, status, strategyId },
    symbol: signal?.symbol,
    action: signal?.action,
  });
}

export function listingsOfExecution({ strategyId, status, orders }: Execution): Listing[] {
  const symbol = orders.map((order) => order.symbol);
  const orderStatus = orders.map((order) => order.status);
  return listingsOf('execution', { strategyId, status, symbol, orderStatus });
}

export function listingsOfTrade({ executionId, symbol, state }: EndedTrade): Listing[] {
  return listingsOf('trade', { strategyId: parseExecutionId(executionId)?.strategyId, symbol, state });
}
