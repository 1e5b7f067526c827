import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as wait } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { type Random, seededRandom } from '../simulation/random.ts';
import { announcedSeed } from '../storm/announced-seed.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { scaled } from '../support/scale.ts';
import { SECRET } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { AccountTimeline } from './account-timeline.ts';
import { type Evidence, explained, gather, judgeAccount, legsOf } from './kill/judging.ts';
import { causesOf, type Kill, killAtRandom } from './kill/killing.ts';
import type { Planned } from './kill/planning.ts';
import {
  ALPACA_IDS,
  ALPACA_SYMBOL,
  ALPACA_WIRE_MS,
  configureTraders,
  kindOf,
  tradersFor,
} from './kill/traders.ts';
import { type Unprotected, unprotectedIn } from './kill/unprotected.ts';
import { type AlpacaFloor, startAlpacaFloor } from './venue-fakes.ts';

const SIGNALS_PER_ACCOUNT = scaled(5, 25);
/** The signals are sent over this time, so that there is something to kill all along. */
const SENDING_MS = scaled(12_000, 90_000);
/**
 * From the kill of whoever held an account until the execution it was busy with is over (I4). A machine without a processor to
 * spare stands still now and then; the longest time that this process, which does next to nothing, stood still comes on top.
 */
const RECOVERY_MAX_MS = 5_000;
/**
 * From the fill of an entry at the market, or from the last kill of whoever was at work on it, until it is protected: that
 * is done before its execution ends, which is over so soon (I4).
 */
const ENTRY_UNPROTECTED_MAX_MS = RECOVERY_MAX_MS;
/** The same for what an exit leaves over: the reconciler sees to it if nobody else does, within a lease and a minute. */
const LEFT_UNPROTECTED_MAX_MS = TIMING.leaseDurationMs + 60_000;
const RESENDS_MAX = 20;
const NANOSECONDS_PER_MS = 1_000_000;
/** Where the market at Alpaca goes, time and again: beyond take-profits and stop-losses. */
const ALPACA_PRICES = [85, 93, 100, 107, 115] as const;

const standstill = monitorEventLoopDelay({ resolution: 10 });
let cloud: TestCloud;
let floor: AlpacaFloor;

/** What the strategy function wrote, to explain what went wrong. */
const logLines: string[] = [];

beforeAll(async () => {
  floor = await startAlpacaFloor(ALPACA_IDS, ALPACA_WIRE_MS);
  cloud = await startTestCloud({
    venues: { alpaca: floor.venue.url },
    onLog: ({ functionName, line }) => {
      if (functionName === 'strategy') {
        logLines.push(line);
      }
    },
  });
  await floor.open(cloud);
});
afterAll(async () => {
  await cloud.stop();
  await floor.venue.close();
});

/** Sends as a provider does: again, with the same payload, until the answer is neither a 5xx nor missing. */
async function sendUntilTaken(id: string, { payload }: Planned): Promise<string> {
  for (let sent = 0; sent < RESENDS_MAX; sent += 1) {
    const answer = await cloud.send(id, payload, { 'x-webhook-secret': SECRET });
    if (answer.status === 202) {
      const { executions } = answer.body as { executions: { executionId: string }[] };
      return executions[0]?.executionId ?? '';
    }
    expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(500);
  }
  throw new Error(`A signal of ${id} was not taken after ${RESENDS_MAX} sends: ${JSON.stringify(payload)}`);
}

/** Until told to stop, the markets at Alpaca move at random moments, and answers to orders get lost there. */
async function disturbAlpaca(random: Random, isOver: () => boolean): Promise<void> {
  while (!isOver()) {
    await wait(random.between(20, 400));
    for (const { exchange } of floor.accounts.values()) {
      if (random.chance(0.3)) {
        exchange.post(ALPACA_SYMBOL, decimal(random.pick(ALPACA_PRICES)));
      }
    }
    if (random.chance(0.2)) {
      floor.venue.meet('place', 'reset-after-accept');
    }
  }
}

/** Looks after every account once more, as the reconciler does every minute. */
async function reconcile(): Promise<void> {
  await until(async () => {
    const outcome = (await cloud.mustAdmin('/reconcile', { body: {} })) as {
      readonly complete: boolean;
      readonly contended: number;
    };
    expect(outcome).toMatchObject({ drifted: 0, halted: 0, failed: [] });
    return outcome.complete && outcome.contended === 0 ? true : undefined;
  }, 'every account to be reconciled');
}

/** Milliseconds, in order, as people read them. */
function summary(durationsMs: readonly number[]) {
  const sorted = durationsMs.toSorted((left, right) => left - right);
  return { count: sorted.length, p50Ms: sorted[Math.floor(sorted.length / 2)], maxMs: sorted.at(-1) };
}

/** How often each word is there. */
function tally(words: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    [...new Set(words)].map((word) => [word, words.filter((each) => each === word).length]),
  );
}

/** Whether a venue let calls for an account pass unanswered, so that an order was UNKNOWN for a while. */
function wasSilent(accountId: string, sinceMs: number): boolean {
  return logLines
    .filter((line) => line.includes('"ORDER_UNKNOWN"') && line.includes(accountId))
    .some((line) => Date.parse((JSON.parse(line) as { timestamp: string }).timestamp) >= sinceMs);
}

/** Checks that every account that was held at a kill was done with what it was busy with in time, and says how soon. */
function expectRecoveredInTime(timeline: AccountTimeline, kills: readonly Kill[]): void {
  const abandoned = timeline.abandonedLeases().map((lease) => {
    const causes = causesOf(lease, kills);
    return { lease, cause: causes.at(-1), isHitAgain: causes.length > 1 };
  });
  // Whoever was killed while it recovered the account is measured by itself.
  const recoveries = abandoned.flatMap(({ lease, cause }) => {
    const { settledAtMs = Number.NaN, isAbandonedAgain } = lease;
    return cause && !isAbandonedAgain ? [{ lease, cause, durationMs: settledAtMs - cause.atMs }] : [];
  });
  // The bound is for venues that answer: one in this very process may be starved of it on a busy machine.
  const answered = recoveries.filter(({ lease, cause }) => !wasSilent(lease.accountId, cause.atMs));
  const stoodStillMs = Math.round(standstill.max / NANOSECONDS_PER_MS);
  const late = answered.filter(({ durationMs }) => !(durationMs <= RECOVERY_MAX_MS + stoodStillMs));
  const strategyKills = kills.filter(({ functionName }) => functionName === 'strategy').length;
  console.info({
    kills: { ingest: kills.length - strategyKills, strategy: strategyKills },
    hitHolders: abandoned.filter(({ cause }) => cause).length,
    hitKinds: tally(abandoned.filter(({ cause }) => cause).map(({ lease }) => kindOf(lease.accountId))),
    hitOpenJournals: abandoned.filter(({ cause, lease }) => cause && lease.hasIntent).length,
    hitRecoveries: abandoned.filter(({ lease, isHitAgain }) => lease.isAbandonedAgain || isHitAgain).length,
    overtakenAlive: abandoned.filter(({ cause }) => !cause).length,
    recovery: summary(answered.map(({ durationMs }) => durationMs)),
    venueSilent: recoveries.length - answered.length,
    stoodStillMs,
  });
  // The kills hit what they are meant to hit; else they would prove little.
  expect(strategyKills).toBeGreaterThan(0);
  expect(answered.length).toBeGreaterThan(strategyKills / 10);
  for (const each of late) {
    console.info(each, { log: logLines.filter((line) => line.includes(each.lease.accountId)) });
  }
  expect(late.map(({ durationMs }) => durationMs)).toEqual([]);
}

/** Checks that nothing was held without protection for longer than is promised, and says how long it was. */
function expectProtectedInTime(evidence: readonly Evidence[], kills: readonly Kill[]): void {
  const all = evidence.flatMap((each) => unprotectedIn(each, kills));
  const entries = all.filter(({ isEntry }) => isEntry);
  const left = all.filter(({ isEntry }) => !isEntry);
  const durations = (of: readonly Unprotected[]) => ({
    ...summary(of.map(({ durationMs }) => durationMs)),
    sinceKillMaxMs: Math.max(...of.map(({ sinceKillMs }) => sinceKillMs)),
  });
  console.info({ unprotected: { entries: durations(entries), leftByExits: durations(left) } });
  expect(entries.length).toBeGreaterThan(0);
  expect(entries.filter(({ sinceKillMs }) => !(sinceKillMs <= ENTRY_UNPROTECTED_MAX_MS))).toEqual([]);
  expect(left.filter(({ sinceKillMs }) => !(sinceKillMs <= LEFT_UNPROTECTED_MAX_MS))).toEqual([]);
}

/** How long each execution took once its turn had come: with all kills, and whatever else it waited for. */
function turnsMs({ executions }: Evidence): number[] {
  return executions.map(({ receivedAtMs, endedAtMs }, index) => {
    const before = executions[index - 1]?.endedAtMs ?? 0;
    return endedAtMs - Math.max(receivedAtMs, before);
  });
}

/** The executions in the dead-letter queue, with what was logged about them. */
async function deadLetters() {
  const { Messages = [] } = await cloud.sqs.send(
    new ReceiveMessageCommand({ QueueUrl: cloud.deadLetterQueueUrl, MaxNumberOfMessages: 10 }),
  );
  return Messages.map(({ Body = '{}' }) => {
    const { executionId } = JSON.parse(Body) as { executionId: string };
    return { executionId, log: logLines.filter((line) => line.includes(executionId)) };
  });
}

it(
  'executes every signal once and in order, protects what it opens and recovers in time, though environments are killed at work (I1, I2, I4, I7, C2)',
  async () => {
    const seed = announcedSeed('kill -9 at random');
    const traders = tradersFor(seed, SIGNALS_PER_ACCOUNT);
    await configureTraders(cloud);

    const timeline = new AccountTimeline(
      cloud.ledger,
      traders.map(({ id }) => id),
    );
    let isSending = true;
    const sent = Promise.all(
      traders.map(async ({ id, plan }, index) => {
        const random = seededRandom(seed - 1 - index);
        const executionIds: string[] = [];
        for (const each of plan) {
          await wait(random.between(0, (2 * SENDING_MS) / SIGNALS_PER_ACCOUNT));
          executionIds.push(await sendUntilTaken(id, each));
        }
        return executionIds;
      }),
    ).finally(() => {
      isSending = false;
    });
    const disturbing = disturbAlpaca(seededRandom(seed + traders.length), () => !isSending);
    standstill.enable();
    const kills = await killAtRandom(cloud, seededRandom(seed), () => !isSending);
    const executionIds = await sent;
    await disturbing;
    await until(
      async () => {
        const { visible, inFlight, delayed } = await cloud.countMessages(cloud.accountsQueueUrl);
        return visible + inFlight + delayed === 0 ? true : undefined;
      },
      'the queue to be empty',
      120_000,
    );
    standstill.disable();
    await timeline.stop();
    await reconcile();

    const evidence = await Promise.all(traders.map((trader) => gather(cloud.ledger, trader, floor)));
    const problems = evidence.map((each, index) => judgeAccount(each, executionIds[index] ?? []));
    for (const each of evidence.filter((_, index) => problems[index]?.length)) {
      const { id } = each.trader;
      console.info(explained(each), { log: logLines.filter((line) => line.includes(id)) });
    }
    expect(problems.flat()).toEqual([]);
    expect(await deadLetters()).toEqual([]);
    expectRecoveredInTime(timeline, kills);
    expectProtectedInTime(evidence, kills);
    const turns = evidence.flatMap(turnsMs);
    const legs = evidence.flatMap(legsOf);
    console.info({ legs: tally(legs.map(({ status }) => status)) });
    console.info({ turns: summary(turns), late: turns.filter((turnMs) => turnMs > RECOVERY_MAX_MS) });
  },
  SENDING_MS + 200_000,
);
