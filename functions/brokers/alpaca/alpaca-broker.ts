import type { Clock } from '../../core/clock.ts';
import type { AlpacaAccount, VenueEnvironment } from '../../core/configuration.ts';
import { TIMING } from '../../core/lease.ts';
import type { OrderReference } from '../../core/order.ts';
import type { Broker, CancelOutcome } from '../broker.ts';
import type { VenueAccess } from '../venue-access.ts';
import { equity, orders, positions } from './account.ts';
import { beginCall } from './client.ts';
import { refusalOf } from './errors.ts';
import { ALPACA_FACTS } from './facts.ts';
import { findOrder } from './lookup.ts';
import { place, placePair } from './place.ts';
import { refuseOrder, refusePair } from './requests.ts';
import { type Ask, unknownFrom } from './wire.ts';

const BASE_URLS: Readonly<Record<VenueEnvironment, string>> = {
  demo: 'https://paper-api.alpaca.markets',
  live: 'https://api.alpaca.markets',
};

/**
 * Alpaca, for stocks and crypto. Its client order ids are accepted once, ever; one that is sent again is refused, which is
 * answered here with the order that it stands for.
 *
 * @param newDeadline ends the wait for one call of the port, however many requests it takes
 */
export function createAlpacaBroker(
  account: Pick<AlpacaAccount, 'credentials' | 'environment'>,
  {
    fetch,
    credentials,
    endpoints,
    clock,
  }: Pick<VenueAccess, 'fetch' | 'credentials' | 'endpoints'> & { readonly clock: Clock },
  newDeadline: () => AbortSignal = () => AbortSignal.timeout(TIMING.brokerTimeoutMs),
): Broker {
  const settings = {
    fetch,
    clock,
    credentials,
    credentialsName: account.credentials,
    baseUrl: endpoints.alpaca ?? BASE_URLS[account.environment],
  };
  const begin = () => beginCall(settings, newDeadline());
  return {
    ...ALPACA_FACTS,
    place: async (intent) => refuseOrder(intent) ?? place(begin(), intent),
    placeOco: async (pair) => refusePair(pair) ?? placePair(begin(), pair),
    lookup: (order) => findOrder(begin(), order),
    cancel: (order) => cancel(begin(), order),
    positions: () => positions(begin()),
    equity: () => equity(begin()),
    orders: (limit) => orders(begin(), limit),
  };
}

/** Alpaca cancels by its own id only, so the order is found first. Of a pair, the cancel of one order ends both. */
async function cancel(ask: Ask, order: OrderReference): Promise<CancelOutcome> {
  const found = await findOrder(ask, order);
  if (found.kind === 'unknown') {
    return found;
  }
  if (found.kind === 'absent') {
    return { kind: 'rejected', code: 'ORDER_NOT_FOUND', message: 'Alpaca has no such order.' };
  }
  const { brokerOrderId, status } = found.order;
  if (status !== 'NEW' && status !== 'PARTIALLY_FILLED') {
    return { kind: 'rejected', code: 'ORDER_ENDED', message: `The order is ${status} at Alpaca.` };
  }
  const answer = await ask({ method: 'DELETE', path: `/v2/orders/${encodeURIComponent(brokerOrderId)}` });
  if (answer.kind === 'busy') {
    return answer;
  }
  if (answer.kind === 'answer' && answer.status === 204) {
    return { kind: 'accepted' };
  }
  const refusal = refusalOf(answer);
  return refusal ? { ...refusal, code: 'NOT_CANCELABLE' } : unknownFrom(answer);
}
