import type {
  Broker,
  BrokerCapabilities,
  CancelOutcome,
  EquityOutcome,
  LookupOutcome,
  OcoPair,
  PlaceOcoOutcome,
  PlaceOutcome,
  UnknownOutcome,
} from '../brokers/broker.ts';
import { OnefillError } from '../core/errors.ts';
import { isTimeForBrokerCall, TIMING } from '../core/lease.ts';
import type { OrderIntent, OrderReference } from '../core/order.ts';
import type { Engine } from './engine.ts';
import type { Hold } from './with-account.ts';

/** How the venue did during one execution: what its circuit and its receipt are told. */
export interface VenueCalls {
  /** Calls whose outcome stayed unknown, or that the venue was too busy to look at. */
  failures: number;
  /** Calls beyond the first of their kind for the same order. */
  retries: number;
}

/**
 * The broker as the engine calls it: within lease and invocation, within a time limit, and counted. Never throws for the
 * venue.
 */
export interface Venue {
  readonly guarantee: Broker['clientOrderIdGuarantee'];
  readonly capabilities: BrokerCapabilities;
  readonly uniqueForMs: number;
  readonly calls: Readonly<VenueCalls>;
  /** Whether it is not waited for any more by this holder: further attempts and polls are pointless. */
  readonly isSilent: boolean;
  place(order: OrderIntent): Promise<PlaceOutcome>;
  /** Only where the venue keeps pairs. */
  placeOco(pair: OcoPair): Promise<PlaceOcoOutcome>;
  lookup(order: OrderReference): Promise<LookupOutcome>;
  cancel(order: OrderReference): Promise<CancelOutcome>;
  equity(): Promise<EquityOutcome>;
}

/** A holder waits for a venue in vain so often; then it decides by what it knows, in time (I4). */
const TIMEOUTS_MAX = 2;

const LATE: UnknownOutcome = {
  kind: 'unknown',
  cause: 'timeout',
  message: `The venue did not answer within ${TIMING.brokerTimeoutMs} ms.`,
};

const SILENT = `The venue let ${TIMEOUTS_MAX} calls pass without an answer and was not called again.`;

const NOT_SENT = {
  kind: 'busy',
  retryAfterMs: TIMING.visibilityTimeoutSeconds * 1_000,
  message: SILENT,
} as const;

/**
 * Wraps an account's broker for the holder of the account.
 *
 * @param broker the account's, if it was made before
 * @throws OnefillError from every call, before it is made: FENCED_OUT when the lease was lost, OUT_OF_TIME when the
 * call could outlast the invocation. What is durable then is where the next holder goes on.
 */
export function venueOf(
  engine: Engine,
  hold: Hold,
  broker: Broker = engine.createBroker(hold.account.configuration),
): Venue {
  const calls: VenueCalls = { failures: 0, retries: 0 };
  const made = new Set<string>();
  let timeouts = 0;
  const isSilent = () => timeouts >= TIMEOUTS_MAX;
  const call = async <Outcome extends { readonly kind: string }>(
    name: string,
    make: () => Promise<Outcome>,
  ): Promise<Outcome | UnknownOutcome> => {
    if (isSilent()) {
      return { kind: 'unknown', cause: 'timeout', message: SILENT };
    }
    await hold.ensureTimeForBrokerCall();
    if (!isTimeForBrokerCall(engine.remainingTimeMs())) {
      throw new OnefillError('OUT_OF_TIME', 'retry', 'Too little time is left to call the venue.');
    }
    calls.retries += made.has(name) ? 1 : 0;
    made.add(name);
    const outcome = await withinTimeout(engine, make);
    timeouts += outcome === LATE ? 1 : 0;
    calls.failures += outcome.kind === 'unknown' || outcome.kind === 'busy' ? 1 : 0;
    return outcome;
  };
  return {
    guarantee: broker.clientOrderIdGuarantee,
    capabilities: broker.capabilities,
    uniqueForMs: broker.uniqueForMs ?? 0,
    calls,
    get isSilent() {
      return isSilent();
    },
    // Not sent is not unknown.
    place: async (order) =>
      isSilent() ? NOT_SENT : call(`place ${order.clientOrderId}`, () => broker.place(order)),
    placeOco: async (pair) =>
      isSilent() ? NOT_SENT : call(`place ${pair.stopLoss.clientOrderId}`, () => placeOco(broker, pair)),
    lookup: (order) => call(`lookup ${order.clientOrderId}`, () => broker.lookup(order)),
    equity: () => call('equity', () => broker.equity()),
    cancel: (order) => call(`cancel ${order.clientOrderId}`, () => broker.cancel(order)),
  };
}

async function placeOco(broker: Broker, pair: OcoPair): Promise<PlaceOcoOutcome> {
  return (
    (await broker.placeOco?.(pair)) ?? {
      kind: 'rejected',
      code: 'UNSUPPORTED',
      message: 'The venue keeps no pairs of orders.',
    }
  );
}

/** A venue that does not answer in time, or an adapter that fails, leaves the outcome unknown. */
export function withinTimeout<Outcome>(
  engine: Engine,
  make: () => Promise<Outcome>,
): Promise<Outcome | UnknownOutcome> {
  return new Promise((resolve) => {
    const cancelTimer = engine.after(TIMING.brokerTimeoutMs, () => resolve(LATE));
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
