import { OnefillError } from '../core/errors.ts';
import type { Broker } from './broker.ts';

/** What is known of a venue before its adapter is there. */
export type VenueFacts = Pick<Broker, 'clientOrderIdGuarantee' | 'uniqueForMs' | 'capabilities'>;

/**
 * A broker whose adapter is loaded with the first call: who trades on paper alone, or at another venue, never loads it.
 *
 * @param load called once
 */
export function lazyBroker(facts: VenueFacts, load: () => Promise<Broker>): Broker {
  let loading: Promise<Broker> | undefined;
  const adapter = () => {
    loading ??= load();
    return loading;
  };
  return {
    ...facts,
    place: async (intent) => (await adapter()).place(intent),
    ...(facts.capabilities.oco === 'native' ? { placeOco: (pair) => placeOco(adapter, pair) } : {}),
    lookup: async (order) => (await adapter()).lookup(order),
    cancel: async (order) => (await adapter()).cancel(order),
    positions: async () => (await adapter()).positions(),
    equity: async () => (await adapter()).equity(),
    orders: async (limit) => (await adapter()).orders(limit),
  };
}

async function placeOco(
  adapter: () => Promise<Broker>,
  pair: Parameters<NonNullable<Broker['placeOco']>>[0],
): ReturnType<NonNullable<Broker['placeOco']>> {
  const { placeOco } = await adapter();
  if (!placeOco) {
    throw new OnefillError('VENUE_FACTS', 'terminal', 'The adapter keeps no pairs, though it is said to.');
  }
  return placeOco(pair);
}
