import { seededRandom } from '../../simulation/random.ts';
import { backlogOf } from '../model/backlog.ts';
import { type Delivered, publishedDelays, type TimedCall, Traffic } from '../model/traffic.ts';
import { atLeast, type Row, rowsBy } from '../rows.ts';

const ACCOUNTS = 256;
/** As deployed: what Lambda takes from the queue at once at most. */
const BATCH_SIZE = 10;
const SIGNALS_EACH = 20;
const SERIAL_SIGNALS = 50;
const SERIAL_SEEDS = 20;
const BROKER_MS = 50;
const SERIAL_BROKERS_MS = [20, 50, 200] as const;
/** The accounts that are traded at once at most in production, `lib/stage.ts`. */
const PRODUCTION_CONCURRENCY = 100;
const EFFICIENCY_MIN = 0.9;
const SECOND_MS = 1_000;

interface Scenario {
  readonly accounts: number;
  readonly signalsEach: number;
  readonly brokerMs: number;
  readonly seed: number;
  readonly concurrencyMax?: number;
}

/** How a backlog was worked off. */
interface WorkedOff {
  /** When each account had its last signal done, since the beginning. */
  readonly accountsMs: readonly number[];
  readonly calls: readonly TimedCall[];
}

/** A backlog that was there from the beginning, with everything as slow as published and nothing else in the way. */
async function workOff({
  accounts,
  signalsEach,
  brokerMs,
  seed,
  concurrencyMax,
}: Scenario): Promise<WorkedOff> {
  const traffic = new Traffic(publishedDelays(seededRandom(seed), brokerMs), {
    batchSize: BATCH_SIZE,
    ...(concurrencyMax === undefined ? {} : { concurrencyMax }),
  });
  const { time } = traffic.world;
  return time.run(async () => {
    await traffic.configure(accounts);
    await traffic.fill(backlogOf(accounts, signalsEach, time.now()));
    const startedAtMs = time.now();
    traffic.begin();
    await traffic.drained();
    const placed = traffic.calls.filter(({ operation }) => operation === 'place').length;
    if (placed !== accounts * signalsEach) {
      throw new Error(`${placed} orders were placed for ${accounts * signalsEach} signals.`);
    }
    const ends = lastEnds(traffic.deliveries);
    return { accountsMs: ends.map((endedAtMs) => endedAtMs - startedAtMs), calls: traffic.calls };
  });
}

function lastEnds(deliveries: readonly Delivered[]): number[] {
  const ends = new Map<string, number>();
  for (const { groupIds, done, endedAtMs } of deliveries) {
    for (const groupId of done > 0 ? groupIds : []) {
      ends.set(groupId, endedAtMs);
    }
  }
  return [...ends.values()];
}

const mean = (values: readonly number[]) => values.reduce((total, each) => total + each, 0) / values.length;

/** Signals per second, for each account by its own end. */
const ratesOf = (accountsMs: readonly number[]) =>
  accountsMs.map((durationMs) => (SIGNALS_EACH * SECOND_MS) / durationMs);

/**
 * Efficiency from one account to 256, by what is like each other: the mean rate of 256 accounts that work at the same
 * time, each over the time until its own last signal is done, against the mean rate of 256 that each had the world to
 * itself. Both are means of as many draws from the same latencies. The time until the *last* of 256 accounts is done is
 * another matter: it is the longest of 256 draws, and grows with their number although nobody waits for anybody.
 */
async function efficiencyRows(): Promise<Row[]> {
  const scenario = { signalsEach: SIGNALS_EACH, brokerMs: BROKER_MS };
  const alone: number[] = [];
  for (let seed = 1; seed <= ACCOUNTS; seed += 1) {
    alone.push(...ratesOf((await workOff({ ...scenario, accounts: 1, seed })).accountsMs));
  }
  const together = await workOff({ ...scenario, accounts: ACCOUNTS, seed: 1 });
  const capped = await workOff({
    ...scenario,
    accounts: ACCOUNTS,
    seed: 1,
    concurrencyMax: PRODUCTION_CONCURRENCY,
  });
  const wholeRate = ({ accountsMs }: WorkedOff) =>
    (ACCOUNTS * SIGNALS_EACH * SECOND_MS) / Math.max(...accountsMs);
  const aloneRate = mean(alone);
  const modelled = rowsBy('modelled');
  return [
    modelled(
      'scaling-efficiency',
      `rate of ${ACCOUNTS} accounts ÷ (${ACCOUNTS} × rate of one), venue at ${BROKER_MS} ms`,
      mean(ratesOf(together.accountsMs)) / aloneRate,
      { target: atLeast(EFFICIENCY_MIN) },
    ),
    modelled(
      'scaling-efficiency-slowest',
      'the same, until the slowest account is done',
      wholeRate(together) / (ACCOUNTS * aloneRate),
    ),
    modelled(
      'scaling-efficiency-capped',
      `the same, at most ${PRODUCTION_CONCURRENCY} accounts at once as in production`,
      wholeRate(capped) / (ACCOUNTS * aloneRate),
    ),
    modelled('scaling-rate', `signals of ${ACCOUNTS} accounts in a second`, wholeRate(together), {
      unit: '/s',
    }),
  ];
}

/**
 * The rate of one account against 1/(broker + its calls): of the time until a backlog is done, how much something was
 * under way that its executions had to wait for. The rest goes to the poller between two batches, and to whatever is
 * beside the way. The calls are those of the same run, so that no tail is on one side only.
 */
async function serialRows(): Promise<Row[]> {
  const rows: Row[] = [];
  for (const brokerMs of SERIAL_BROKERS_MS) {
    let busyMs = 0;
    let durationMs = 0;
    for (let seed = 1; seed <= SERIAL_SEEDS; seed += 1) {
      const { accountsMs, calls } = await workOff({
        accounts: 1,
        signalsEach: SERIAL_SIGNALS,
        brokerMs,
        seed,
      });
      busyMs += busyMsOf(calls);
      durationMs += Math.max(...accountsMs);
    }
    const signals = SERIAL_SEEDS * SERIAL_SIGNALS;
    const what = `${SERIAL_SIGNALS} signals of one account, venue at ${brokerMs} ms`;
    rows.push(
      {
        id: `serial-efficiency-${brokerMs}`,
        what: `rate ÷ 1/(venue + its calls), ${what}`,
        source: 'modelled',
        figure: busyMs / durationMs,
        target: atLeast(EFFICIENCY_MIN),
      },
      {
        id: `serial-rate-${brokerMs}`,
        what: `rate, ${what}`,
        source: 'modelled',
        figure: (signals * SECOND_MS) / durationMs,
        unit: '/s',
      },
    );
  }
  return rows;
}

/** Calls begin in whole milliseconds, and so may seem to leave a gap of less than one. */
const ROUNDING_MS = 1;

/** For how long at least one call was under way that an execution waits for. */
function busyMsOf(calls: readonly TimedCall[]): number {
  const awaited = calls
    .filter(({ operation }) => operation !== 'ChangeMessageVisibilityBatch')
    .toSorted((one, other) => one.atMs - other.atMs);
  let busyMs = 0;
  let untilMs = Number.NEGATIVE_INFINITY;
  for (const { atMs, endedAtMs } of awaited) {
    const fromMs = atMs - untilMs > ROUNDING_MS ? atMs : untilMs;
    busyMs += Math.max(0, endedAtMs - fromMs);
    untilMs = Math.max(untilMs, endedAtMs);
  }
  return busyMs;
}

/** How rates grow with accounts, and how close one account comes to what its calls allow. */
export async function scalingRows(): Promise<Row[]> {
  return [...(await efficiencyRows()), ...(await serialRows())];
}
