import type { OrderReference } from '../../core/order.ts';
import type { LookupOutcome } from '../broker.ts';
import type { OpenCall } from './client.ts';
import { orderFrom } from './orders.ts';
import { type Read, read } from './read.ts';
import { commandsShape, fillsShape, orderShape, versionsShape } from './shapes.ts';
import { UNREADABLE } from './wire.ts';

/**
 * The number of an order: the one it was accepted with, else that of the command with its client order id. If that was
 * sent twice, the first one's: Tradovate takes an id as often as it comes.
 */
export async function findOrderId(
  call: OpenCall,
  { brokerOrderId, clientOrderId }: OrderReference,
): Promise<Read<string | undefined>> {
  if (brokerOrderId !== undefined) {
    return { kind: 'read', value: brokerOrderId };
  }
  const commands = await read(call.ask('/command/list'), commandsShape);
  if (commands.kind === 'unknown') {
    return commands;
  }
  const [first] = commands.value
    .filter(({ clOrdId, commandType }) => clOrdId === clientOrderId && commandType === 'New')
    .map(({ orderId }) => BigInt(orderId))
    .toSorted((left, right) => (left < right ? -1 : 1));
  return { kind: 'read', value: first?.toString() };
}

/** Looks an order up. Its fills are asked for last, so that one that has ended is told with all of them. */
export async function lookup(call: OpenCall, asked: OrderReference): Promise<LookupOutcome> {
  const id = await findOrderId(call, asked);
  if (id.kind === 'unknown') {
    return id;
  }
  if (id.value === undefined) {
    return { kind: 'absent' };
  }
  const [order, versions] = await Promise.all([
    read(call.ask(`/order/item?id=${id.value}`), orderShape),
    read(call.ask(`/orderVersion/deps?masterid=${id.value}`), versionsShape),
  ]);
  if (order.kind === 'unknown') {
    return order;
  }
  if (versions.kind === 'unknown') {
    return versions;
  }
  const fills = await read(call.ask(`/fill/deps?masterid=${id.value}`), fillsShape);
  if (fills.kind === 'unknown') {
    return fills;
  }
  const found = orderFrom({
    order: order.value,
    versions: versions.value,
    fills: fills.value,
    clientOrderId: asked.clientOrderId,
    symbol: asked.symbol,
  });
  return found ? { kind: 'found', order: found } : UNREADABLE;
}
