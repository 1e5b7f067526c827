import type * as z from 'zod/mini';
import { add, type Decimal, isZero, ZERO } from '../../core/decimal.ts';
import type { ClientOrderId } from '../../core/ids.ts';
import { JsonNumber } from '../../shared/json.ts';
import type { BrokerOrder, EquityOutcome, PositionsOutcome } from '../broker.ts';
import type { OpenCall } from './client.ts';
import { orderFrom } from './orders.ts';
import { type Read, read, unavailable } from './read.ts';
import {
  balanceShape,
  commandsShape,
  contractsShape,
  fillsShape,
  ordersShape,
  positionsShape,
  type VenueOrder,
  versionsShape,
} from './shapes.ts';
import { UNREADABLE } from './wire.ts';

/** The names of contracts that are known, by environment and number. */
type ContractNames = Map<string, string>;

/** A login may see several accounts, and an address is only so long. */
const IDS_PER_REQUEST = 100;

/** What the account holds, by the names of contracts. */
export async function positions(call: OpenCall, names: ContractNames): Promise<PositionsOutcome> {
  const all = await read(call.ask('/position/list'), positionsShape);
  if (all.kind === 'unknown') {
    return all;
  }
  const held = all.value.filter(
    ({ accountId, netPos }) => accountId === call.account.accountId && !isZero(netPos),
  );
  const named = await nameContracts(call, names, held);
  if (named.kind === 'unknown') {
    return named;
  }
  const quantities = new Map<string, Decimal>();
  for (const { contractId, netPos } of held) {
    const symbol = named.value(contractId);
    quantities.set(symbol, add(quantities.get(symbol) ?? ZERO, netPos));
  }
  return { kind: 'positions', quantities: Object.fromEntries(quantities) };
}

/** What the account is worth: its cash, and what its open positions have won or lost. */
export async function equity(call: OpenCall): Promise<EquityOutcome> {
  const accountId = new JsonNumber(call.account.accountId);
  const snapshot = await read(call.ask('/cashBalance/getcashbalancesnapshot', { accountId }), balanceShape);
  if (snapshot.kind === 'unknown') {
    return snapshot;
  }
  const { errorText, totalCashValue, openPnL } = snapshot.value;
  return errorText || totalCashValue === undefined || openPnL === undefined
    ? unavailable({ message: "Tradovate did not tell the account's balance." })
    : { kind: 'equity', equity: add(totalCashValue, openPnL) };
}

/** The account's orders, newest first. Those that nobody placed through Onefill have no client order id, or another. */
export async function orders(
  call: OpenCall,
  names: ContractNames,
  limit: number,
): Promise<Read<BrokerOrder[]>> {
  const [all, commands] = await Promise.all([
    read(call.ask('/order/list'), ordersShape),
    read(call.ask('/command/list'), commandsShape),
  ]);
  if (all.kind === 'unknown') {
    return all;
  }
  if (commands.kind === 'unknown') {
    return commands;
  }
  const newest = all.value
    .filter(({ accountId }) => accountId === call.account.accountId)
    .toSorted(newestFirst)
    .slice(0, limit);
  const parts = await partsOf(call, names, newest);
  if (parts.kind === 'unknown') {
    return parts;
  }
  const { versions, fills, nameOf } = parts.value;
  const clientOrderIds = new Map(
    commands.value
      .filter(({ commandType }) => commandType === 'New')
      .map(({ orderId, clOrdId = '' }) => [orderId, clOrdId as ClientOrderId]),
  );
  const shown = newest.map((order) =>
    orderFrom({
      order,
      versions: versions.filter(({ orderId }) => orderId === order.id),
      fills: fills.filter(({ orderId }) => orderId === order.id),
      clientOrderId: clientOrderIds.get(order.id) ?? ('' as ClientOrderId),
      symbol: order.contractId === undefined ? '' : nameOf(order.contractId),
    }),
  );
  const complete = shown.filter((order) => order !== undefined);
  return complete.length === shown.length ? { kind: 'read', value: complete } : UNREADABLE;
}

/** Numbers grow with time, and tell apart what came in the same moment. */
function newestFirst(left: VenueOrder, right: VenueOrder): number {
  return right.timestamp - left.timestamp || (BigInt(left.id) < BigInt(right.id) ? 1 : -1);
}

/** What orders are made of, for all of them at once. Fills come last, as for one order. */
async function partsOf(call: OpenCall, names: ContractNames, of: readonly VenueOrder[]) {
  const ids = of.map(({ id }) => id);
  const [versions, named] = await Promise.all([
    readAll(call, '/orderVersion/ldeps?masterids=', ids, versionsShape),
    nameContracts(call, names, of),
  ]);
  if (versions.kind === 'unknown') {
    return versions;
  }
  if (named.kind === 'unknown') {
    return named;
  }
  const fills = await readAll(call, '/fill/ldeps?masterids=', ids, fillsShape);
  if (fills.kind === 'unknown') {
    return fills;
  }
  const value = { versions: versions.value, fills: fills.value, nameOf: named.value };
  return { kind: 'read', value } as const;
}

/** Learns the names of contracts that are not known yet. */
async function nameContracts(
  call: OpenCall,
  names: ContractNames,
  of: readonly { readonly contractId?: string | undefined }[],
): Promise<Read<(contractId: string) => string>> {
  const keyOf = (contractId: string) => `${call.environment}#${contractId}`;
  const ids = new Set(of.flatMap(({ contractId }) => contractId ?? []));
  const missing = () => [...ids].filter((id) => !names.has(keyOf(id)));
  const contracts = await readAll(call, '/contract/items?ids=', missing(), contractsShape);
  if (contracts.kind === 'unknown') {
    return contracts;
  }
  for (const { id, name } of contracts.value) {
    names.set(keyOf(id), name);
  }
  return missing().length > 0
    ? unavailable({ message: 'Tradovate did not name every contract.' })
    : { kind: 'read', value: (contractId) => names.get(keyOf(contractId)) ?? contractId };
}

/** Asks about many things by their numbers, in as many requests as it takes. */
async function readAll<Entity>(
  call: OpenCall,
  path: string,
  ids: readonly string[],
  shape: z.ZodMiniType<Entity[]>,
): Promise<Read<Entity[]>> {
  const starts = Array.from(
    { length: Math.ceil(ids.length / IDS_PER_REQUEST) },
    (_, index) => index * IDS_PER_REQUEST,
  );
  const pages = await Promise.all(
    starts.map((start) =>
      read(call.ask(`${path}${ids.slice(start, start + IDS_PER_REQUEST).join(',')}`), shape),
    ),
  );
  const entities: Entity[] = [];
  for (const page of pages) {
    if (page.kind === 'unknown') {
      return page;
    }
    entities.push(...page.value);
  }
  return { kind: 'read', value: entities };
}
