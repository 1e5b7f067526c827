import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type ModelLedger, modelLedger } from '../../simulation/model-table.ts';
import { type PageCost, readPages } from '../model/admin-pages.ts';
import { backlogOf } from '../model/backlog.ts';
import { type History, ledgerWith } from '../model/history.ts';
import { loadedEnvironment } from '../model/loaded-environment.ts';
import { median } from '../model/median.ts';
import { type Delays, Traffic, UNIT_DELAYS, UNIT_MS } from '../model/traffic.ts';
import { atMost, type Row } from '../rows.ts';
import { unitsOf } from './counts.ts';

const UNTIL_MS = Date.parse('2026-11-21T21:00:00.000Z');
/** 100,000 orders are of the account that is traded. */
const LONG: History = { signals: 1_000_000, accounts: 10, untilMs: UNTIL_MS };
/** Enough to fill every page. */
const SHORT: History = { ...LONG, signals: 4_000 };
const WAITING = { accounts: 10, waitingEach: 1_000 } as const;
const NOTHING_WAITS = { ...WAITING, waitingEach: 0 } as const;
const SIGNALS = 20;
const CPU_ROUNDS = 200;
const CPU_WARM_UP_ROUNDS = 50;
const CPU_RATIO_MAX = 1.2;

/** What a signal cost on average. */
interface SignalCost {
  readonly calls: number;
  readonly readUnits: number;
  readonly writeUnits: number;
}

/** Calls, units and CPU of a signal, and pages of the admin API, as history and queue grow. */
export async function growthRows(): Promise<Row[]> {
  const long = await ledgerWith(LONG);
  const rows = [
    // Before signals are added to it: these pages are to begin at the same place in both.
    ...pageRows(await readPages(await ledgerWith(SHORT), SHORT), await readPages(long, LONG)),
    ...ratioRows(
      'history',
      '1 M orders on record ÷ none',
      await costOnLedger(modelLedger()),
      await costOnLedger(long),
    ),
    ...ratioRows(
      'queue',
      '10 k messages waiting ÷ none',
      await costOnQueue(0),
      await costOnQueue(WAITING.waitingEach),
    ),
  ];
  return [...rows, ...(await cpuRows(long))];
}

function averageOf(traffic: Traffic, signals: number): SignalCost {
  return {
    calls: traffic.calls.length / signals,
    readUnits: unitsOf(traffic.metered, 'readUnits') / signals,
    writeUnits: unitsOf(traffic.metered, 'writeUnits') / signals,
  };
}

/** From the webhook to the end of its execution. */
async function costOnLedger(store: ModelLedger): Promise<SignalCost> {
  const traffic = new Traffic(UNIT_DELAYS, { store });
  return traffic.world.time.run(async () => {
    await traffic.configure(LONG.accounts);
    for (let number = -1; number < SIGNALS; number += 1) {
      if (number === 0) {
        traffic.forget();
      }
      await traffic.send(0, payloadOf(number));
      await traffic.drained();
    }
    return averageOf(traffic, SIGNALS);
  });
}

const payloadOf = (number: number) => ({
  id: `signal-${number}`,
  symbol: 'MNQM5',
  action: 'buy',
  quantity: 1,
  price: 100,
});

/** The poller takes its time, so that one delivery is over for a while before the next one begins. */
const POLLED_DELAYS: Delays = { ...UNIT_DELAYS, hopMs: (hop) => (hop === 'poll' ? UNIT_MS : 0) };

/**
 * A signal that is put behind so many messages, and the execution of one message of so many: not the same one, for until
 * its turn has come the queue is empty.
 */
async function costOnQueue(waitingEach: number): Promise<SignalCost> {
  const received = await costWhileWaiting(waitingEach, 0, async (traffic) => {
    for (let number = -1; number < SIGNALS; number += 1) {
      if (number === 0) {
        traffic.forget();
      }
      await traffic.send(0, payloadOf(number));
    }
  });
  const executed = await costWhileWaiting(waitingEach, 1, async (traffic) => {
    traffic.begin();
    while (traffic.deliveries.length < SIGNALS) {
      if (waitingEach === 0) {
        await traffic.fill(backlogOf(1, 1, traffic.world.time.now()));
        traffic.begin();
        await traffic.drained();
      }
      await traffic.world.time.wait(1);
    }
  });
  return {
    calls: received.calls + executed.calls,
    readUnits: received.readUnits + executed.readUnits,
    writeUnits: received.writeUnits + executed.writeUnits,
  };
}

async function costWhileWaiting(
  waitingEach: number,
  concurrencyMax: number,
  work: (traffic: Traffic) => Promise<void>,
): Promise<SignalCost> {
  const traffic = new Traffic(POLLED_DELAYS, { concurrencyMax });
  const { time } = traffic.world;
  return time.run(async () => {
    await traffic.configure(WAITING.accounts);
    await traffic.fill(backlogOf(WAITING.accounts, waitingEach, time.now()));
    await work(traffic);
    return averageOf(traffic, SIGNALS);
  });
}

function ratioRows(id: string, what: string, before: SignalCost, after: SignalCost): Row[] {
  const ratio = (part: string, figure: number): Row => ({
    id: `growth-${id}-${part.replace(' ', '-')}`,
    what: `${part} of a signal, ${what}`,
    source: 'counted',
    figure,
    target: atMost(1),
  });
  return [
    ratio('calls', after.calls / before.calls),
    ratio('read units', after.readUnits / before.readUnits),
    ratio('write units', after.writeUnits / before.writeUnits),
  ];
}

/** Full pages both; a page that a short history cannot fill would cost less. */
function pageRows(before: readonly PageCost[], after: readonly PageCost[]): Row[] {
  return after.flatMap(({ page, calls, readUnits }): Row[] => {
    const short = before.find((one) => one.page === page);
    const counted = (part: string, figure: number, reference = Number.NaN): Row => ({
      id: `growth-page-${part.replace(' ', '-')}-${page}`,
      what: `${part} of ${page}, 1 M orders ÷ 4 k (${figure})`,
      source: 'counted',
      figure: figure / reference,
      target: atMost(1),
    });
    return [counted('calls', calls, short?.calls), counted('read units', readUnits, short?.readUnits)];
  });
}

/**
 * Own CPU of receiving a signal and executing one, by medians of rounds that take turns in one process: so the collector's
 * work on a model with a million items falls on all alike. Without the time of the models themselves; what they do to the
 * processor's caches is in it, so the figure is an upper bound of what the functions are to blame for.
 */
async function cpuRows(long: ModelLedger): Promise<Row[]> {
  const environments = [
    { takeEach: await loadedEnvironment(modelLedger(), NOTHING_WAITS), costsUs: [] as number[] },
    { takeEach: await loadedEnvironment(long, NOTHING_WAITS), costsUs: [] as number[] },
    { takeEach: await loadedEnvironment(modelLedger(), WAITING), costsUs: [] as number[] },
  ];
  for (let round = -CPU_WARM_UP_ROUNDS; round < CPU_ROUNDS; round += 1) {
    for (const { takeEach, costsUs } of environments) {
      const costUs = await takeEach();
      if (round >= 0) {
        costsUs.push(costUs);
      }
    }
  }
  const [emptyUs = 0, longUs = 0, waitingUs = 0] = environments.map(({ costsUs }) => median(costsUs));
  const ratio = (id: string, what: string, figure: number): Row => ({
    id: `growth-${id}-cpu`,
    what: `own CPU of a signal, ${what}`,
    source: 'measured',
    figure,
    target: atMost(CPU_RATIO_MAX),
  });
  return [
    ratio('history', '1 M orders on record ÷ none', longUs / emptyUs),
    ratio('queue', '10 k messages waiting ÷ none', waitingUs / emptyUs),
  ];
}

const FUNCTIONS = fileURLToPath(new URL('../../../functions', import.meta.url));
/** All that reads a table from end to end. */
const SCANS = /\b(?:ScanCommand|paginateScan|ExecuteStatementCommand)\b/;

/** No source of the functions can read a whole table. */
export async function scanRows(): Promise<Row[]> {
  const sources = readdirSync(FUNCTIONS, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const scanning = sources.filter((file) => SCANS.test(readFileSync(`${FUNCTIONS}/${file}`, 'utf8')));
  return [
    {
      id: 'scans',
      what: `sources with a Scan, of ${sources.length}`,
      source: 'counted',
      figure: scanning.length,
      target: atMost(0),
    },
  ];
}
