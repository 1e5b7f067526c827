import type { OrderIntent } from '../../core/order.ts';
import type { OcoPair, PlaceOcoOutcome, PlaceOutcome, UnknownOutcome } from '../broker.ts';
import type { AlpacaAnswer, Ask } from './client.ts';
import { isTaken, refusalOf } from './errors.ts';
import { findOrder, findPair, unknownFrom } from './lookup.ts';
import { isSameOrder, readOrder, toBrokerOrder, toStopLoss } from './orders.ts';
import { orderBody, pairBody } from './requests.ts';

type NotAccepted = Exclude<PlaceOutcome, { kind: 'accepted' }>;

/** The statuses that say for certain that an order was not accepted. */
const REFUSED = [400, 403, 404, 422];

const TAKEN: NotAccepted = {
  kind: 'rejected',
  code: 'CLIENT_ORDER_ID_TAKEN',
  message: 'Alpaca has another order under this client order id.',
};

/** What is answered to an order that is taken in cannot be read, or is about another one. */
const UNREADABLE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'unavailable',
  message: "Alpaca's answer to the order cannot be read.",
};

/** Sends an order once. An id that Alpaca knows already stands for the order that it was accepted with. */
export async function place(ask: Ask, intent: OrderIntent): Promise<PlaceOutcome> {
  const answer = await post(ask, orderBody(intent));
  if (wasTaken(answer)) {
    return adoptOrder(ask, intent);
  }
  if (answer.kind !== 'answer' || answer.status !== 200) {
    return notAccepted(answer);
  }
  const held = readOrder(answer.body);
  return held?.client_order_id === intent.clientOrderId
    ? { kind: 'accepted', order: toBrokerOrder(held) }
    : UNREADABLE;
}

/** Sends a pair as one order, once. */
export async function placePair(ask: Ask, pair: OcoPair): Promise<PlaceOcoOutcome> {
  const { takeProfit, stopLoss } = pair;
  const answer = await post(ask, pairBody(pair));
  if (wasTaken(answer)) {
    return adoptPair(ask, pair);
  }
  if (answer.kind !== 'answer' || answer.status !== 200) {
    return notAccepted(answer);
  }
  const held = readOrder(answer.body);
  if (held?.client_order_id !== takeProfit.clientOrderId) {
    return UNREADABLE;
  }
  const stop = toStopLoss(held, stopLoss.clientOrderId);
  // The pair is there; not every answer shows its legs.
  return stop === undefined
    ? adoptPair(ask, pair)
    : { kind: 'accepted', takeProfit: toBrokerOrder(held), stopLoss: stop };
}

async function adoptOrder(ask: Ask, intent: OrderIntent): Promise<PlaceOutcome> {
  const outcome = await findOrder(ask, { clientOrderId: intent.clientOrderId, symbol: intent.symbol });
  if (outcome.kind !== 'found') {
    return takenUnseen(outcome);
  }
  return isSameOrder(intent, outcome.order) ? { kind: 'accepted', order: outcome.order } : TAKEN;
}

async function adoptPair(ask: Ask, { takeProfit, stopLoss }: OcoPair): Promise<PlaceOcoOutcome> {
  const outcome = await findPair(ask, takeProfit.clientOrderId, stopLoss.clientOrderId);
  if (outcome.kind !== 'found') {
    return takenUnseen(outcome);
  }
  const stop = outcome.stopLoss;
  return stop !== undefined && isSameOrder(takeProfit, outcome.takeProfit) && isSameOrder(stopLoss, stop)
    ? { kind: 'accepted', takeProfit: outcome.takeProfit, stopLoss: stop }
    : TAKEN;
}

/** An id that is taken exists, whatever a lookup says so soon. */
function takenUnseen(outcome: { readonly kind: 'absent' } | UnknownOutcome): UnknownOutcome {
  return outcome.kind === 'unknown'
    ? outcome
    : { kind: 'unknown', cause: 'unavailable', message: 'Alpaca has the order and does not show it yet.' };
}

function post(ask: Ask, body: Readonly<Record<string, unknown>>): Promise<AlpacaAnswer> {
  return ask({ method: 'POST', path: '/v2/orders', body });
}

function wasTaken(answer: AlpacaAnswer): boolean {
  return answer.kind === 'answer' && REFUSED.includes(answer.status) && isTaken(answer.body);
}

function notAccepted(answer: AlpacaAnswer): NotAccepted {
  if (answer.kind === 'busy') {
    return answer;
  }
  if (answer.kind === 'unauthorized') {
    return { kind: 'rejected', code: 'UNAUTHORIZED', message: answer.message };
  }
  const isRefused = answer.kind === 'answer' && REFUSED.includes(answer.status);
  return (isRefused ? refusalOf(answer.body) : undefined) ?? unknownFrom(answer);
}
