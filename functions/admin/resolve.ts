import * as z from 'zod/mini';
import { compare } from '../core/decimal.ts';
import { type ClientOrderId, parseExecutionId } from '../core/ids.ts';
import type { Order } from '../core/order.ts';
import { type OrderResolution, resolveExecution } from '../engine/resolve.ts';
import { readAccount } from '../ledger/accounts.ts';
import type { AccountState } from '../ledger/shapes/account.ts';
import { answer, type ErrorDetail, type HttpAnswer } from '../shared/http.ts';
import { readCommand, reason } from './command.ts';
import { readExecutionState } from './execution-state.ts';
import { type ExecutionIds, readAwaited, showExecution } from './executions.ts';
import { amount, fields, onceEach, onlyFields, text } from './fields.ts';
import { conflict, invalid, notFound } from './refusals.ts';
import type { AdminContext, AdminRequest } from './route.ts';

const ORDERS_MAX = 20;
const ordersMessage = `must be a list of 1 to ${ORDERS_MAX} orders, each with its clientOrderId and outcome`;
const clientOrderId = text(1, 64);

const orderInput = z.discriminatedUnion(
  'outcome',
  [
    onlyFields({ clientOrderId, outcome: z.literal('not_placed') }),
    onlyFields({
      clientOrderId,
      outcome: z.literal('filled'),
      quantity: amount('above-zero'),
      price: amount('above-zero'),
    }),
  ],
  'must be not_placed, or filled with a quantity and a price',
);

const resolveInput = fields({
  reason,
  orders: z
    .array(orderInput, ordersMessage)
    .check(z.minLength(1, ordersMessage), z.maxLength(ORDERS_MAX, ordersMessage), onceEach('clientOrderId')),
});

const NOT_UNKNOWN = "None of these orders waits for anybody's word.";

/** `POST /api/v1/executions/{id}/resolve`: an operator's word about orders that stay UNKNOWN. */
export async function resolve(context: AdminContext, request: AdminRequest): Promise<HttpAnswer> {
  const input = readCommand(request, resolveInput);
  if (!input.ok) {
    return input.answer;
  }
  const ids = parseExecutionId(request.parameters.id ?? '');
  const account = ids && (await readAccount(context.ledger, ids.accountId));
  if (!ids || !account) {
    return absent(request);
  }
  const open = openOrdersOf(account, ids);
  if (open.length === 0) {
    return (await isThere(context, ids)) ? conflict(request, NOT_UNKNOWN) : absent(request);
  }
  const orders = input.value.orders.map(resolutionOf);
  const details = orders.flatMap((order, index) => contradictions(open, order, index));
  return details.length > 0 ? invalid(request, details) : carryOut(context, request, ids, orders);
}

async function carryOut(
  { engine, ledger }: AdminContext,
  request: AdminRequest,
  ids: ExecutionIds,
  orders: readonly OrderResolution[],
): Promise<HttpAnswer> {
  const { accountId, executionId } = ids;
  request.note({ orders });
  const result = await resolveExecution(engine, { accountId, executionId, orders });
  switch (result.kind) {
    case 'not-found':
      return absent(request);
    case 'contended':
      return conflict(request, 'The account is executing something; ask again.');
    case 'not-unknown':
      return conflict(request, NOT_UNKNOWN);
    case 'done':
      return answer(200, showExecution(ids, { kind: 'recorded', execution: result.execution }));
    case 'hand-back': {
      // Another of its orders is still unknown.
      const state = await readExecutionState(ledger, ids);
      return state.kind === 'pending' ? absent(request) : answer(200, showExecution(ids, state));
    }
  }
}

/** The orders of an execution whose end the account's books do not know yet. */
function openOrdersOf({ activeExecution, openOrders }: AccountState, { executionId }: ExecutionIds): Order[] {
  return activeExecution?.executionId === executionId
    ? [...(activeExecution.intent?.orders ?? [])]
    : Object.values(openOrders).flatMap((open) => (open.executionId === executionId ? [open.order] : []));
}

function resolutionOf(order: z.output<typeof orderInput>): OrderResolution {
  const clientOrderId = order.clientOrderId as ClientOrderId;
  return order.outcome === 'not_placed'
    ? { clientOrderId, outcome: 'not-placed' }
    : { clientOrderId, outcome: 'filled', quantity: order.quantity, price: order.price };
}

/** What cannot be true of an order. */
function contradictions(open: readonly Order[], resolution: OrderResolution, index: number): ErrorDetail[] {
  const order = open.find((each) => each.clientOrderId === resolution.clientOrderId);
  if (!order) {
    const known = open.map((each) => each.clientOrderId).join(', ');
    return [{ field: `orders[${index}].clientOrderId`, message: `must be one of ${known}` }];
  }
  return resolution.outcome === 'filled' && compare(resolution.quantity, order.quantity) > 0
    ? [{ field: `orders[${index}].quantity`, message: `must be at most the ordered ${order.quantity}` }]
    : [];
}

async function isThere({ ledger }: AdminContext, ids: ExecutionIds): Promise<boolean> {
  const state = await readExecutionState(ledger, ids);
  return state.kind !== 'pending' || (await readAwaited(ledger, ids)) !== undefined;
}

function absent(request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no execution ${request.parameters.id}.`);
}
