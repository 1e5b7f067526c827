import { seededRandom } from '../../simulation/random.ts';
import type { World } from '../../simulation/world.ts';
import { meanMs, PUBLISHED, percentile } from '../model/latencies.ts';
import { type Functions, publishedDelays, Traffic } from '../model/traffic.ts';
import { bypassOf } from '../peers/bypass.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';

const BROKERS_MS = [20, 50, 200, 270] as const;
const SIMULTANEOUS = [10, 100] as const;
const SIGNALS = 2_000;
/** The bypass that Onefill replaces took so long in all, venue and hops included. */
const BYPASS_MS = 270;

/** From the webhook's arrival until the venue has acknowledged the order, of each signal. */
async function acknowledgedMs(
  brokerMs: number,
  simultaneous: number,
  functionsOf?: (world: World) => Functions,
): Promise<number[]> {
  const traffic = new Traffic(publishedDelays(seededRandom(1), brokerMs), functionsOf ? { functionsOf } : {});
  return traffic.world.time.run(async () => {
    await traffic.configure(simultaneous);
    const durationsMs: number[] = [];
    for (let round = -1; round < SIGNALS / simultaneous; round += 1) {
      const durations = await sendRound(traffic, simultaneous, round);
      // The first round meets cold caches.
      durationsMs.push(...(round < 0 ? [] : durations));
    }
    return durationsMs;
  });
}

async function sendRound(traffic: Traffic, simultaneous: number, round: number): Promise<number[]> {
  traffic.forget();
  const sent = await Promise.all(
    Array.from({ length: simultaneous }, (_, index) =>
      traffic.send(index, { id: `signal-${round}`, symbol: 'MNQM5', action: 'buy', quantity: 1, price: 100 }),
    ),
  );
  await traffic.drained();
  return sent.map(({ startedAtMs, posted }) => {
    const [execution] = posted.body.executions ?? [];
    return traffic.acknowledgedAtMs(execution?.executionId ?? '') - startedAtMs;
  });
}

const mean = (values: readonly number[]) => values.reduce((total, each) => total + each, 0) / values.length;

/** Direct against full safety, by published latencies in virtual time. */
export async function directRows(): Promise<Row[]> {
  const rows: Row[] = [];
  const modelled = (...row: Parameters<ReturnType<typeof rowsBy>>) => rows.push(rowsBy('modelled')(...row));
  const hopsMs = meanMs(PUBLISHED.httpApi) + meanMs(PUBLISHED.lambda) + meanMs(PUBLISHED.fifo);
  for (const brokerMs of BROKERS_MS) {
    for (const simultaneous of SIMULTANEOUS) {
      const full = await acknowledgedMs(brokerMs, simultaneous);
      const bypass = await acknowledgedMs(brokerMs, simultaneous, bypassOf);
      const what = `venue at ${brokerMs} ms, ${simultaneous} at once`;
      const target = brokerMs === 200 ? { target: atMost(1.1) } : {};
      modelled(
        `safety-ratio-${brokerMs}-${simultaneous}`,
        `full safety ÷ bypass, mean, ${what}`,
        mean(full) / mean(bypass),
        target,
      );
      if (brokerMs === 200) {
        const addedMs = full.map((each) => each - brokerMs).toSorted((one, other) => one - other);
        modelled(
          `added-p50-${simultaneous}`,
          `hops and safety beside the venue, p50, ${what}`,
          percentile(addedMs, 0.5),
          { unit: 'ms' },
        );
        modelled(
          `added-p99-${simultaneous}`,
          `hops and safety beside the venue, p99, ${what}`,
          percentile(addedMs, 0.99),
          { unit: 'ms' },
        );
        modelled(
          `added-mean-${simultaneous}`,
          `safety beside a bypass of ${BYPASS_MS} ms, mean, ${what}`,
          BYPASS_MS + mean(full) - mean(bypass),
          { unit: 'ms', target: atMost(300) },
        );
      }
    }
  }
  modelled('hops', 'of which HTTP API, Lambda and FIFO queue, mean', hopsMs, { unit: 'ms' });
  return rows;
}
