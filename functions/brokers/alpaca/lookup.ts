import type { OrderReference } from '../../core/order.ts';
import type { BrokerOrder, LookupOutcome, UnknownOutcome } from '../broker.ts';
import type { AlpacaAnswer, Ask } from './client.ts';
import { errorOf } from './errors.ts';
import { type AlpacaOrder, lacksLegs, readOrder, toBrokerOrder, toStopLoss } from './orders.ts';

const UNREADABLE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'unavailable',
  message: "Alpaca's answer about the order cannot be read.",
};

/** What asking for an order as Alpaca shows it came to. */
type Held =
  | { readonly kind: 'held'; readonly held: AlpacaOrder }
  | { readonly kind: 'absent' }
  | UnknownOutcome;

/**
 * Finds an order by its client order id.
 *
 * Of a pair Alpaca knows the take-profit's id only. An order that is not found under its own id and has a sibling is
 * therefore looked for as the stop leg of that sibling. A take-profit whose pair never arrived is not found by this detour
 * either, since no order has its stop-loss's id.
 */
export async function findOrder(ask: Ask, { clientOrderId, oco }: OrderReference): Promise<LookupOutcome> {
  const own = await askFor(ask, clientOrderId);
  if (own.kind === 'held') {
    return { kind: 'found', order: toBrokerOrder(own.held) };
  }
  if (own.kind === 'unknown' || oco === undefined) {
    return own;
  }
  const pair = await askFor(ask, oco);
  if (pair.kind !== 'held') {
    return pair;
  }
  const order = toStopLoss(pair.held, clientOrderId);
  return order === undefined ? { kind: 'absent' } : { kind: 'found', order };
}

/** Both orders of a pair, by its take-profit's id. */
export async function findPair(
  ask: Ask,
  takeProfitId: OrderReference['clientOrderId'],
  stopLossId: OrderReference['clientOrderId'],
): Promise<
  | { readonly kind: 'found'; readonly takeProfit: BrokerOrder; readonly stopLoss: BrokerOrder | undefined }
  | { readonly kind: 'absent' }
  | UnknownOutcome
> {
  const outcome = await askFor(ask, takeProfitId);
  return outcome.kind === 'held'
    ? {
        kind: 'found',
        takeProfit: toBrokerOrder(outcome.held),
        stopLoss: toStopLoss(outcome.held, stopLossId),
      }
    : outcome;
}

/** What is left to say of an answer that tells nothing of what was asked. */
export function unknownFrom(answer: AlpacaAnswer): UnknownOutcome {
  switch (answer.kind) {
    case 'unknown':
      return answer;
    case 'busy':
    case 'unauthorized':
      return { kind: 'unknown', cause: 'unavailable', message: answer.message };
    case 'answer':
      return {
        kind: 'unknown',
        cause: 'unavailable',
        message: `Alpaca's answer ${answer.status} tells nothing.`,
      };
  }
}

async function askFor(ask: Ask, clientOrderId: string): Promise<Held> {
  const query = new URLSearchParams({ client_order_id: clientOrderId });
  const outcome = await askAt(ask, `/v2/orders:by_client_order_id?${query}`);
  if (outcome.kind !== 'held') {
    return outcome;
  }
  if (outcome.held.client_order_id !== clientOrderId) {
    return UNREADABLE;
  }
  return lacksLegs(outcome.held) ? askForLegs(ask, outcome.held.id) : outcome;
}

/** A pair without its legs is not absent, nor is its stop-loss. */
async function askForLegs(ask: Ask, id: string): Promise<Held> {
  const outcome = await askAt(ask, `/v2/orders/${encodeURIComponent(id)}?nested=true`);
  const isWhole = outcome.kind === 'held' && outcome.held.id === id && !lacksLegs(outcome.held);
  return isWhole || outcome.kind === 'unknown' ? outcome : UNREADABLE;
}

async function askAt(ask: Ask, path: string): Promise<Held> {
  const answer = await ask({ method: 'GET', path });
  if (answer.kind === 'answer' && answer.status === 404 && errorOf(answer.body) !== undefined) {
    return { kind: 'absent' };
  }
  if (answer.kind !== 'answer' || answer.status !== 200) {
    return unknownFrom(answer);
  }
  const held = readOrder(answer.body);
  return held === undefined ? UNREADABLE : { kind: 'held', held };
}
