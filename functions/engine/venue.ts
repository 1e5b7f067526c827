import type {
  Broker,
  CancelOutcome,
  LookupOutcome,
  PlaceOutcome,
  PositionsOutcome,
  UnknownOutcome,
} from '../brokers/broker.ts';
import type { ClientOrderId } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import type { OrderIntent } from '../core/order.ts';
import type { Engine } from './engine.ts';
import type { Hold } from './with-account.ts';

/** How the venue did during one execution: what its circuit and its receipt are told. */
export interface VenueCalls {
  /** Calls whose outcome stayed unknown, or that the venue was too busy to look at. */
  failures: number;
  /** Calls beyond the first of their kind for the same order. */
  retries: number;
}

/** The broker as the engine calls it: within the lease, within a time limit, and counted. Never throws for the venue. */
export interface Venue {
  readonly guarantee: Broker['clientOrderIdGuarantee'];
  readonly uniqueForMs: number;
  readonly calls: Readonly<VenueCalls>;
  place(order: OrderIntent): Promise<PlaceOutcome>;
  lookup(clientOrderId: ClientOrderId): Promise<LookupOutcome>;
  cancel(clientOrderId: ClientOrderId): Promise<CancelOutcome>;
  positions(): Promise<PositionsOutcome>;
}

/**
 * Wraps an account's broker for the holder of the account.
 *
 * @throws OnefillError FENCED_OUT from every call, before it is made, when the lease was lost
 */
export function venueOf(engine: Engine, hold: Hold): Venue {
  const broker = engine.createBroker(hold.account.configuration);
  const calls: VenueCalls = { failures: 0, retries: 0 };
  const made = new Set<string>();
  const call = async <Outcome extends { readonly kind: string }>(
    name: string,
    make: () => Promise<Outcome>,
  ): Promise<Outcome | UnknownOutcome> => {
    await hold.ensureTimeForBrokerCall();
    calls.retries += made.has(name) ? 1 : 0;
    made.add(name);
    const outcome = await withinTimeout(engine, make);
    calls.failures += outcome.kind === 'unknown' || outcome.kind === 'busy' ? 1 : 0;
    return outcome;
  };
  return {
    guarantee: broker.clientOrderIdGuarantee,
    uniqueForMs: broker.uniqueForMs ?? 0,
    calls,
    place: (order) => call(`place ${order.clientOrderId}`, () => broker.place(order)),
    lookup: (id) => call(`lookup ${id}`, () => broker.lookup(id)),
    cancel: (id) => call(`cancel ${id}`, () => broker.cancel(id)),
    positions: () => call('positions', () => broker.positions()),
  };
}

/** A venue that does not answer in time, or an adapter that fails, leaves the outcome unknown. */
export function withinTimeout<Outcome>(
  engine: Engine,
  make: () => Promise<Outcome>,
): Promise<Outcome | UnknownOutcome> {
  return new Promise((resolve) => {
    const late = `The venue did not answer within ${TIMING.brokerTimeoutMs} ms.`;
    const cancelTimer = engine.after(TIMING.brokerTimeoutMs, () =>
      resolve({ kind: 'unknown', cause: 'timeout', message: late }),
    );
    const answered = (outcome: Outcome | UnknownOutcome) => {
      cancelTimer();
      resolve(outcome);
    };
    make().then(answered, (error: unknown) =>
      answered({
        kind: 'unknown',
        cause: 'connection',
        message: error instanceof Error ? error.message : String(error),
      }),
    );
  });
}
