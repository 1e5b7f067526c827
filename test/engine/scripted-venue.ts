import type {
  BrokerOrder,
  CancelOutcome,
  LookupOutcome,
  PlaceOutcome,
} from '../../functions/brokers/broker.ts';
import { type Decimal, decimal, ZERO } from '../../functions/core/decimal.ts';
import type { BrokerOrderId, ClientOrderId } from '../../functions/core/ids.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import type { Venue } from '../../functions/engine/venue.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { CAPABLE } from '../support/capable.ts';
import { TestClock, testEngine } from '../support/world.ts';

/** What a venue answers, call by call; the last answer of a kind is given to all further calls. */
export interface Script {
  readonly place?: readonly PlaceOutcome[];
  readonly lookup?: readonly LookupOutcome[];
  readonly cancel?: readonly CancelOutcome[];
}

export const LOST = { kind: 'unknown', cause: 'timeout', message: 'No answer.' } as const;
export const BUSY = { kind: 'busy', retryAfterMs: 1, message: 'Too many requests.' } as const;
export const ABSENT = { kind: 'absent' } as const;
export const REFUSED = { kind: 'rejected', code: 'MARGIN', message: 'Not enough margin.' } as const;

/** The order `of-1` to buy 4 MNQM5 as the venue has it; `filled` of it at 100. */
export function held(status: BrokerOrder['status'], filled = 0, price: Decimal = decimal(100)): BrokerOrder {
  return {
    brokerOrderId: 'venue-1' as BrokerOrderId,
    clientOrderId: 'of-1' as ClientOrderId,
    symbol: 'MNQM5',
    side: 'buy',
    type: 'market',
    quantity: decimal(4),
    status,
    filledQuantity: filled === 0 ? ZERO : decimal(filled),
    ...(filled === 0 ? {} : { averageFillPrice: price }),
    createdAtMs: 0,
  };
}

export const accepted = (...parameters: Parameters<typeof held>) =>
  ({ kind: 'accepted', order: held(...parameters) }) as const;
export const found = (...parameters: Parameters<typeof held>) =>
  ({ kind: 'found', order: held(...parameters) }) as const;

/** An engine and a venue that does what its script says, each call taking `callMs`; both say what they did. */
export function scripted(
  script: Script,
  changes: Partial<Pick<Venue, 'guarantee' | 'uniqueForMs'>> & { readonly callMs?: number } = {},
) {
  const { callMs = 0, ...guarantees } = changes;
  const clock = new TestClock();
  const calls: string[] = [];
  const waits: number[] = [];
  const answer = async <Outcome>(name: keyof Script, outcomes: readonly Outcome[] = []): Promise<Outcome> => {
    const number = calls.filter((call) => call === name).length;
    calls.push(name);
    clock.advance(callMs);
    const outcome = outcomes[number] ?? outcomes.at(-1);
    if (outcome === undefined) {
      throw new Error(`The script has no answer to ${name}.`);
    }
    return outcome;
  };
  const venue = {
    guarantee: 'PERMANENT' as Venue['guarantee'],
    uniqueForMs: 0,
    calls: { failures: 0, retries: 0 },
    isSilent: false,
    capabilities: CAPABLE,
    place: () => answer('place', script.place),
    placeOco: () => answer('place', []),
    equity: async () => ({ kind: 'equity' as const, equity: decimal(100_000) }),
    lookup: () => answer('lookup', script.lookup),
    cancel: () => answer('cancel', script.cancel),
    positions: async () => ({ kind: 'positions' as const, quantities: {} }),
    ...guarantees,
  };
  const engine: Engine = {
    ...testEngine(modelLedger().ledger, clock),
    wait: async (durationMs) => {
      waits.push(durationMs);
      clock.advance(durationMs);
    },
  };
  return { engine, venue: venue satisfies Venue, calls, waits };
}
