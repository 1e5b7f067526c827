import type { Metered } from '../model/meter.ts';
import { type TimedCall, Traffic, UNIT_DELAYS, UNIT_MS } from '../model/traffic.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';

/** What one signal cost, and how deep its calls went. */
export interface SignalCounts {
  /** Sequential calls to AWS until the provider had its answer. */
  readonly ingestDepth: number;
  readonly beforeVenueDepth: number;
  readonly afterVenueDepth: number;
  readonly awsCalls: number;
  readonly venueCalls: number;
  readonly entries: readonly Metered[];
  readonly sqsCalls: number;
}

const BUY = { symbol: 'MNQM5', action: 'buy', quantity: 1, price: 100 };

/** One signal for one account, all environments warm and everything configured seen before. */
export async function countSignal(): Promise<{
  readonly signal: SignalCounts;
  readonly duplicate: SignalCounts;
}> {
  const traffic = new Traffic(UNIT_DELAYS);
  return traffic.world.time.run(async () => {
    await traffic.configure(1);
    await traffic.send(0, { ...BUY, id: 'warm' });
    await traffic.drained();
    traffic.forget();
    const signal = await countOne(traffic, { ...BUY, id: 'counted' });
    const duplicate = await countOne(traffic, { ...BUY, id: 'counted' });
    return { signal, duplicate };
  });
}

async function countOne(traffic: Traffic, payload: object): Promise<SignalCounts> {
  traffic.forget();
  const sent = await traffic.send(0, payload);
  if (sent.posted.status !== 202) {
    throw new Error(`The webhook answered ${sent.posted.status}.`);
  }
  await traffic.drained();
  const { calls } = traffic;
  const venue = calls.filter(({ service }) => service === 'broker');
  const ofStrategy = calls.filter(({ process }) => process.startsWith('strategy'));
  const startedAtMs = Math.min(...ofStrategy.map(({ atMs }) => atMs));
  const trading = ofStrategy.filter(({ operation }) => operation !== 'ChangeMessageVisibilityBatch');
  return {
    ingestDepth: (sent.answeredAtMs - sent.startedAtMs) / UNIT_MS,
    beforeVenueDepth: venue[0] ? (venue[0].atMs - startedAtMs) / UNIT_MS : 0,
    afterVenueDepth: venue[0] ? (lastEnd(trading) - venue[0].endedAtMs) / UNIT_MS : 0,
    awsCalls: calls.length - venue.length,
    venueCalls: venue.length,
    entries: [...traffic.metered],
    sqsCalls: calls.filter(({ service }) => service === 'sqs').length,
  };
}

function lastEnd(calls: readonly TimedCall[]): number {
  return Math.max(...calls.map(({ endedAtMs }) => endedAtMs));
}

export const unitsOf = (entries: readonly Metered[], kind: 'readUnits' | 'writeUnits'): number =>
  entries.reduce((total, entry) => total + entry[kind], 0);

/** Counts of calls, depth and units, by the budgets of the design. */
export function countRows({ signal, duplicate }: Awaited<ReturnType<typeof countSignal>>): Row[] {
  const counted = rowsBy('counted');
  const configurationReads = signal.entries.filter(
    ({ subject, readUnits }) => readUnits > 0 && subject.endsWith('/CONFIGURATION'),
  ).length;
  return [
    counted('ingest-depth', 'sequential AWS calls, webhook to 2xx', signal.ingestDepth, {
      target: atMost(3),
    }),
    counted('before-venue-depth', 'sequential AWS calls, strategy start to venue', signal.beforeVenueDepth, {
      target: atMost(2),
    }),
    counted('after-venue-depth', 'sequential AWS calls after the venue', signal.afterVenueDepth, {
      target: atMost(2),
    }),
    counted('aws-calls', 'AWS calls of a signal with one order', signal.awsCalls),
    counted('write-units', 'write units of a signal with one order', unitsOf(signal.entries, 'writeUnits'), {
      target: atMost(8),
    }),
    counted('read-units', 'read units of a signal with one order', unitsOf(signal.entries, 'readUnits')),
    counted(
      'transactions',
      'transactions on the way',
      signal.entries.filter((one) => one.isTransaction).length,
      { target: atMost(0) },
    ),
    counted('configuration-reads', 'warm reads of configuration', configurationReads, {
      target: atMost(0),
      knownMiss: 2,
    }),
    counted('duplicate-depth', 'sequential AWS calls of a duplicate', duplicate.ingestDepth, {
      target: atMost(2),
    }),
    counted('duplicate-calls', 'AWS calls of a duplicate', duplicate.awsCalls),
    counted('duplicate-write-units', 'write units of a duplicate', unitsOf(duplicate.entries, 'writeUnits')),
    counted('duplicate-venue-calls', 'venue calls of a duplicate', duplicate.venueCalls, {
      target: atMost(0),
    }),
  ];
}
