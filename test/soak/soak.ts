import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { until } from '../support/until.ts';
import { activityFacts, type Counts, countsOf, itemsOf, ledgerFacts } from './accounting.ts';
import { liveMemoryMb } from './live-memory.ts';
import { sendAll } from './load.ts';
import { type Growth, growthOf, type Sample, sample } from './processes.ts';

/**
 * An hour of signals, compressed: as many as asked for (20,000) at the highest rate that this machine executes. Then no
 * process may hold more than after a quarter of them, when all is warm, the activity log has to tell all that the ledger
 * holds, and the figures that operators see have to be the ledger's.
 */
const SIGNALS_DEFAULT = 20_000;
const GROWTH_MAX = 1.1;
const WARM_AFTER_SHARE = 0.25;
const SAMPLE_EVERY_MS = 2_000;
const PATIENCE_MS = 600_000;
const SHOWN_MAX = 5;
const MINUTES_MAX = 1_440;

const problems: string[] = [];

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

function expectSame(what: string, actual: number | undefined, expected: number | undefined): void {
  say(`${what.padEnd(58)} ${actual ?? 0} of ${expected ?? 0}`);
  if ((actual ?? 0) !== (expected ?? 0)) {
    problems.push(`${what}: ${actual ?? 0}, not ${expected ?? 0}.`);
  }
}

function expectNoGrowth(what: string, before: number, after: number): void {
  const growth = after / before;
  say(`${what.padEnd(34)} ${before.toFixed(1)} -> ${after.toFixed(1)} (${growth.toFixed(2)})`);
  if (!(growth <= GROWTH_MAX)) {
    problems.push(`${what} grew ${growth.toFixed(2)} times.`);
  }
}

/** What processes hold of the machine is told and not judged: V8 collects its garbage when it has to. */
function judgeHandles({ kind, before, after }: Growth): void {
  expectNoGrowth(`${kind}: open handles`, before.handles, after.handles);
  say(`${''.padEnd(34)} of ${before.residentMb.toFixed(0)} -> ${after.residentMb.toFixed(0)} MB resident`);
}

/** Waits until the log is complete. @returns what the ledger holds, and what of it the log lacks */
async function compareLog(cloud: TestCloud): Promise<{ readonly facts: Counts; readonly missing: string[] }> {
  const { client } = cloud.ledger;
  const facts = ledgerFacts(await itemsOf(client, cloud.ledger.tableName));
  let missing = facts;
  const isComplete = async () => {
    const told = new Set(activityFacts(await itemsOf(client, cloud.operations.tableName)));
    missing = facts.filter((fact) => !told.has(fact));
    return missing.length === 0 ? true : undefined;
  };
  await until(isComplete, 'the activity log', PATIENCE_MS).catch(() => undefined);
  return { facts: countsOf(facts), missing };
}

async function expectFigures(cloud: TestCloud, facts: Counts): Promise<void> {
  const worker = (await cloud.mustAdmin(`/monitoring/worker?minutes=${MINUTES_MAX}`)) as { counts: Counts };
  const { counts } = worker;
  expectSame('figures: signals accepted', counts.signalsAccepted, facts.SIGNAL_ACCEPTED);
  expectSame('figures: duplicates', counts.signalsDuplicated, facts.SIGNAL_DUPLICATED);
  expectSame(
    'figures: executions completed',
    counts.executionsCompleted,
    facts['EXECUTION_RECORDED COMPLETED'],
  );
  expectSame('figures: orders filled', counts.ordersFilled, facts['ORDER_CHANGED FILLED']);
}

async function isIdle(cloud: TestCloud): Promise<true | undefined> {
  const { visible, inFlight, delayed } = await cloud.countMessages(cloud.accountsQueueUrl);
  return visible + inFlight + delayed === 0 ? true : undefined;
}

async function soak(cloud: TestCloud, signals: number): Promise<void> {
  const samples: Sample[] = [];
  const pids = () => ({ ...cloud.pids(), 'this process': [process.pid] });
  const sampler = setInterval(() => samples.push(...sample(pids())), SAMPLE_EVERY_MS);
  let warm: ReturnType<typeof liveMemoryMb> | undefined;
  const startedAtMs = performance.now();
  const sent = await sendAll(cloud, signals, (count) => {
    if (count % 1_000 === 0) {
      say(`${count} signals sent after ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s`);
    }
    if (count >= signals * WARM_AFTER_SHARE) {
      warm ??= liveMemoryMb(pids());
    }
  });
  await until(() => isIdle(cloud), 'the queue to be empty', PATIENCE_MS);
  clearInterval(sampler);
  say(
    `\n${sent.signals} signals and ${sent.duplicates} duplicates in ${sent.seconds.toFixed(0)} s: ` +
      `${(sent.signals / sent.seconds).toFixed(0)} signals a second\n`,
  );
  const [before, after] = [(await warm) ?? {}, await liveMemoryMb(pids())];
  for (const kind of Object.keys(after)) {
    expectNoGrowth(`${kind}: MB in use`, before[kind] ?? Number.NaN, after[kind] ?? Number.NaN);
  }
  for (const growth of growthOf(samples)) {
    judgeHandles(growth);
  }
  const { facts, missing } = await compareLog(cloud);
  expectSame('ledger: signals accepted', facts.SIGNAL_ACCEPTED, sent.signals);
  expectSame('ledger: duplicates', facts.SIGNAL_DUPLICATED, sent.duplicates);
  expectSame('ledger: executions', facts.EXECUTION_RECORDED, sent.signals);
  expectSame('ledger: dead letters', (await cloud.countMessages(cloud.deadLetterQueueUrl)).visible, 0);
  expectSame('activity log: what the ledger holds and it lacks', missing.length, 0);
  for (const fact of missing.slice(0, SHOWN_MAX)) {
    say(`  missing: ${fact}`);
  }
  await expectFigures(cloud, facts);
}

const cloud = await startTestCloud();
try {
  await soak(cloud, Number(process.argv[2] ?? SIGNALS_DEFAULT));
} finally {
  await cloud.stop();
}
say(problems.length === 0 ? '\nNothing grew and nothing is missing.' : `\nFAILED\n${problems.join('\n')}`);
process.exitCode = problems.length === 0 ? 0 : 1;
