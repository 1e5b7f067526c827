import type { ClientOrderId } from '../../core/ids.ts';
import type { OrderReference } from '../../core/order.ts';
import type { LookupOutcome, UnknownOutcome } from '../broker.ts';
import { errorOf } from './errors.ts';
import { type AlpacaOrder, lacksLegs, readOrder, toBrokerOrder, toStopLoss } from './orders.ts';
import { type Ask, UNREADABLE, unknownFrom } from './wire.ts';

/** What asking for an order as Alpaca shows it came to. */
export type Held =
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
  const pair = await askForPair(ask, oco);
  if (pair.kind !== 'held') {
    return pair;
  }
  const order = toStopLoss(pair.held, clientOrderId);
  return order === undefined ? { kind: 'absent' } : { kind: 'found', order };
}

/** A pair with its legs, by its take-profit's id. An order by itself has none. */
export async function askForPair(ask: Ask, takeProfitId: ClientOrderId): Promise<Held> {
  const outcome = await askFor(ask, takeProfitId);
  if (outcome.kind !== 'held' || !lacksLegs(outcome.held)) {
    return outcome;
  }
  const { id } = outcome.held;
  const nested = await askAt(ask, `/v2/orders/${encodeURIComponent(id)}?nested=true`);
  const isWhole = nested.kind === 'held' && nested.held.id === id && !lacksLegs(nested.held);
  // A pair whose legs are not shown has a stop-loss all the same: it is not absent.
  return isWhole || nested.kind === 'unknown' ? nested : UNREADABLE;
}

async function askFor(ask: Ask, clientOrderId: ClientOrderId): Promise<Held> {
  const query = new URLSearchParams({ client_order_id: clientOrderId });
  const outcome = await askAt(ask, `/v2/orders:by_client_order_id?${query}`);
  const isAnother = outcome.kind === 'held' && outcome.held.client_order_id !== clientOrderId;
  return isAnother ? UNREADABLE : outcome;
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
