import type { OrderIntent } from '../../core/order.ts';
import type { OcoPair, PlaceOcoOutcome, PlaceOutcome, UnknownOutcome } from '../broker.ts';
import { isTaken, refusalOf } from './errors.ts';
import { askForPair, findOrder } from './lookup.ts';
import { type AlpacaOrder, isSameOrder, lacksLegs, readOrder, toBrokerOrder, toStopLoss } from './orders.ts';
import { orderBody, pairBody } from './requests.ts';
import { type AlpacaAnswer, type Ask, UNREADABLE, unknownFrom } from './wire.ts';

type NotAccepted = Exclude<PlaceOutcome, { kind: 'accepted' }>;

const TAKEN: NotAccepted = {
  kind: 'rejected',
  code: 'CLIENT_ORDER_ID_TAKEN',
  message: 'Alpaca has another order under this client order id.',
};

/** Sends an order once. An id that Alpaca knows already stands for the order that it was accepted with. */
export async function place(ask: Ask, intent: OrderIntent): Promise<PlaceOutcome> {
  const answer = await post(ask, orderBody(intent));
  if (isTaken(answer)) {
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
  const answer = await post(ask, pairBody(pair));
  if (isTaken(answer)) {
    return adoptPair(ask, pair, TAKEN);
  }
  if (answer.kind !== 'answer' || answer.status !== 200) {
    return notAccepted(answer);
  }
  const held = readOrder(answer.body);
  if (held?.client_order_id !== pair.takeProfit.clientOrderId) {
    return UNREADABLE;
  }
  // The pair is there; not every answer shows its legs.
  return lacksLegs(held) ? adoptPair(ask, pair, UNREADABLE) : (bothOf(held, pair) ?? UNREADABLE);
}

async function adoptOrder(ask: Ask, intent: OrderIntent): Promise<PlaceOutcome> {
  const outcome = await findOrder(ask, { clientOrderId: intent.clientOrderId, symbol: intent.symbol });
  if (outcome.kind !== 'found') {
    return takenUnseen(outcome);
  }
  return isSameOrder(intent, outcome.order) ? { kind: 'accepted', order: outcome.order } : TAKEN;
}

/** @param ifAnother what it means that Alpaca has another pair under the id */
async function adoptPair(ask: Ask, pair: OcoPair, ifAnother: NotAccepted): Promise<PlaceOcoOutcome> {
  const outcome = await askForPair(ask, pair.takeProfit.clientOrderId);
  return outcome.kind === 'held' ? (bothOf(outcome.held, pair) ?? ifAnother) : takenUnseen(outcome);
}

/** Both orders as Alpaca holds them; `undefined` when it holds another order or pair. */
function bothOf(held: AlpacaOrder, { takeProfit, stopLoss }: OcoPair): PlaceOcoOutcome | undefined {
  const [first, second] = [toBrokerOrder(held), toStopLoss(held, stopLoss.clientOrderId)];
  return second !== undefined && isSameOrder(takeProfit, first) && isSameOrder(stopLoss, second)
    ? { kind: 'accepted', takeProfit: first, stopLoss: second }
    : undefined;
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

function notAccepted(answer: AlpacaAnswer): NotAccepted {
  if (answer.kind === 'busy') {
    return answer;
  }
  if (answer.kind === 'unauthorized') {
    return { kind: 'rejected', code: 'UNAUTHORIZED', message: answer.message };
  }
  return refusalOf(answer) ?? unknownFrom(answer);
}
