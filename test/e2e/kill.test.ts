import { setTimeout as wait } from 'node:timers/promises';
import { ReceiveMessageCommand } from '@aws-sdk/client-sqs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { AccountId, ExecutionId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { type Random, seededRandom } from '../simulation/random.ts';
import { announcedSeed } from '../storm/announced-seed.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { scaled } from '../support/scale.ts';
import { configure, positionOf, SECRET, venueOrders } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { type AbandonedLease, AccountTimeline } from './account-timeline.ts';

const ACCOUNTS = 20;
const SIGNALS_PER_ACCOUNT = scaled(6, 25);
/** The signals are sent over this time, so that there is something to kill all along. */
const SENDING_MS = scaled(8_000, 90_000);
/** At most one kill per renewal of a lease: so that the one that ended a holder can be told from the others. */
const KILL_GAP_MIN_MS = TIMING.leaseRenewalMs + 50;
const KILL_GAP_MAX_MS = 1_500;
/** From the kill of whoever held an account until the execution it was busy with is over (I4). */
const RECOVERY_MAX_MS = 5_000;
/** How late, after a process ended, what it did last may be seen, and a renewal that is due. */
const SLACK_MS = 300;
const RESENDS_MAX = 20;
/** Every fifth venue takes its time, so that kills find orders on their way. */
const LATENCIES_MS = [200, 0, 60, 0, 0];

let cloud: TestCloud;

/** What the strategy function wrote, to explain what went wrong. */
const logLines: string[] = [];

beforeAll(async () => {
  cloud = await startTestCloud({
    onLog: ({ functionName, line }) => {
      if (functionName === 'strategy') {
        logLines.push(line);
      }
    },
  });
});
afterAll(() => cloud.stop());

interface Kill {
  readonly atMs: number;
  readonly functionName: string;
  /** Whose messages a strategy environment worked on. */
  readonly accountIds: readonly string[];
}

/** A signal, and the order that it must lead to. */
interface Planned {
  readonly action: 'buy' | 'sell' | 'exit';
  readonly quantity: number;
  readonly order: string;
}

/** Entries and exits, each of which depends on the position that those before it lead to. */
function planFor(random: Random): Planned[] {
  const plan: Planned[] = [];
  let position = 0;
  for (let price = 1; price <= SIGNALS_PER_ACCOUNT; price += 1) {
    const action = position === 0 ? 'buy' : random.pick(['buy', 'buy', 'sell', 'exit'] as const);
    const quantity = action === 'buy' ? random.between(1, 3) : action === 'sell' ? 1 : position;
    position += action === 'buy' ? quantity : -quantity;
    plan.push({ action, quantity, order: `${action === 'buy' ? 'buy' : 'sell'} ${quantity} @ ${price}` });
  }
  return plan;
}

/** Sends as a provider does: again, with the same payload, until the answer is neither a 5xx nor missing. */
async function sendUntilTaken(id: string, { action, quantity }: Planned, price: number): Promise<string> {
  const payload = { symbol: 'MNQM5', action, price, ...(action === 'exit' ? {} : { quantity }) };
  for (let sent = 0; sent < RESENDS_MAX; sent += 1) {
    const answer = await cloud.send(id, payload, { 'x-webhook-secret': SECRET });
    if (answer.status === 202) {
      const { executions } = answer.body as { executions: { executionId: string }[] };
      return executions[0]?.executionId ?? '';
    }
    expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(500);
  }
  throw new Error(`The signal ${price} of ${id} was not taken after ${RESENDS_MAX} sends.`);
}

/** Kills environments of a function, one at a time at random moments, and only while they work, until told to stop. */
async function killAtRandom(random: Random, isOver: () => boolean): Promise<Kill[]> {
  const kills: Kill[] = [];
  while (!isOver()) {
    await wait(random.between(KILL_GAP_MIN_MS, KILL_GAP_MAX_MS));
    const functionName = random.chance(0.1) ? 'ingest' : 'strategy';
    // How far whoever works then has come is as random as the moment.
    const victim = await until(async () => {
      await wait(random.between(0, 20));
      const atWork = cloud.cloud
        .environments()
        .filter((each) => each.functionName === functionName && each.state === 'busy');
      return isOver() ? 'nobody' : atWork[random.between(0, atWork.length - 1)];
    }, `an environment of ${functionName} at work`);
    if (victim !== 'nobody') {
      kills.push({ atMs: Date.now(), functionName, accountIds: accountsOf(victim) });
      process.kill(victim.pid, 'SIGKILL');
    }
  }
  return kills;
}

/** Whose messages an environment of the strategy function works on. */
function accountsOf({
  functionName,
  event = '{}',
}: {
  functionName: string;
  event?: string | undefined;
}): string[] {
  if (functionName !== 'strategy') {
    return [];
  }
  const { Records = [] } = JSON.parse(event) as { Records?: readonly { readonly body: string }[] };
  return Records.map(({ body }) => (JSON.parse(body) as { accountId: string }).accountId);
}

/**
 * The kills that an account was abandoned by: of the holder of its lease, after which it did nothing more, not even
 * renew; then of whoever had its message next and had not taken the account yet.
 */
function causesOf(lease: AbandonedLease, kills: readonly Kill[]): Kill[] {
  const { accountId, lastActedAfterMs, lastActedBeforeMs, settledAtMs = Infinity } = lease;
  const renewalDueMs = lastActedBeforeMs + TIMING.leaseRenewalMs + SLACK_MS;
  const hits = kills.filter(
    ({ atMs, accountIds }) =>
      accountIds.includes(accountId) && atMs > lastActedAfterMs - SLACK_MS && atMs < settledAtMs,
  );
  return hits[0] && hits[0].atMs < renewalDueMs ? hits : [];
}

/** Milliseconds, in order, as people read them. */
function summary(durationsMs: readonly number[]) {
  const sorted = durationsMs.toSorted((left, right) => left - right);
  return { count: sorted.length, p50Ms: sorted[Math.floor(sorted.length / 2)], maxMs: sorted.at(-1) };
}

/** Checks that every account that was held at a kill was done with what it was busy with in time, and says how soon. */
function expectRecoveredInTime(timeline: AccountTimeline, kills: readonly Kill[]): void {
  const abandoned = timeline.abandonedLeases().map((lease) => {
    const causes = causesOf(lease, kills);
    return { lease, cause: causes.at(-1), isHitAgain: causes.length > 1 };
  });
  // Whoever was killed while it recovered the account is measured by itself.
  const recoveries = abandoned.flatMap(({ lease: { settledAtMs = Number.NaN, isAbandonedAgain }, cause }) =>
    cause && !isAbandonedAgain ? [settledAtMs - cause.atMs] : [],
  );
  const strategyKills = kills.filter(({ functionName }) => functionName === 'strategy').length;
  console.info({
    kills: { ingest: kills.length - strategyKills, strategy: strategyKills },
    hitHolders: abandoned.filter(({ cause }) => cause).length,
    hitOpenJournals: abandoned.filter(({ cause, lease }) => cause && lease.hasIntent).length,
    hitRecoveries: abandoned.filter(({ lease, isHitAgain }) => lease.isAbandonedAgain || isHitAgain).length,
    overtakenAlive: abandoned.filter(({ cause }) => !cause).length,
    recovery: summary(recoveries),
  });
  // The kills hit what they are meant to hit; else they would prove little.
  expect(strategyKills).toBeGreaterThan(0);
  expect(recoveries.length).toBeGreaterThan(strategyKills / 10);
  expect(recoveries.filter((durationMs) => !(durationMs <= RECOVERY_MAX_MS))).toEqual([]);
}

/** How long each execution took once its turn had come: with all kills, and whatever else it waited for. */
async function turnsMs(accountId: AccountId, executionIds: readonly string[]): Promise<number[]> {
  const turns: number[] = [];
  let before = 0;
  for (const executionId of executionIds) {
    const recorded = await readExecution(cloud.ledger, accountId, executionId as ExecutionId);
    const { receivedAtMs = Number.NaN, endedAtMs = Number.NaN } = recorded?.execution ?? {};
    expect(recorded?.execution).toMatchObject({ status: 'COMPLETED', orders: [{ status: 'FILLED' }] });
    turns.push(endedAtMs - Math.max(receivedAtMs, before));
    before = endedAtMs;
  }
  return turns;
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
  'executes every signal once and in order, and recovers in time, though environments are killed at work (I1, I2, I4, I7)',
  async () => {
    const seed = announcedSeed('kill -9 at random');
    const ids = Array.from({ length: ACCOUNTS }, (_, index) => `kill-${index}` as AccountId);
    const plans = ids.map((_, index) => planFor(seededRandom(seed + index)));
    // Crashes count as failures; here they must not stop the entries that follow.
    const circuitBreaker = { consecutiveFailures: 100, minimumCalls: 1_000 };
    await Promise.all(
      ids.map((id, index) =>
        configure(cloud, id, [id], {
          account: { simulation: { latencyMs: LATENCIES_MS[index % LATENCIES_MS.length] } },
          strategy: { circuitBreaker },
        }),
      ),
    );

    const timeline = new AccountTimeline(cloud.ledger, ids);
    let isSending = true;
    const sent = Promise.all(
      ids.map(async (id, index) => {
        const random = seededRandom(seed - 1 - index);
        const executionIds: string[] = [];
        for (const [number, each] of (plans[index] ?? []).entries()) {
          await wait(random.between(0, (2 * SENDING_MS) / SIGNALS_PER_ACCOUNT));
          executionIds.push(await sendUntilTaken(id, each, number + 1));
        }
        return executionIds;
      }),
    ).finally(() => {
      isSending = false;
    });
    const kills = await killAtRandom(seededRandom(seed), () => !isSending);
    const executionIds = await sent;
    await until(
      async () => {
        const { visible, inFlight, delayed } = await cloud.countMessages(cloud.accountsQueueUrl);
        return visible + inFlight + delayed === 0 ? true : undefined;
      },
      'the queue to be empty',
      120_000,
    );
    await timeline.stop();

    const turns: number[] = [];
    for (const [index, id] of ids.entries()) {
      const plan = plans[index] ?? [];
      turns.push(...(await turnsMs(id, executionIds[index] ?? [])));
      const orders = await venueOrders(cloud, id);
      const placed = orders.map((each) => `${each.side} ${each.quantity} @ ${each.averageFillPrice}`);
      expect(placed).toEqual(plan.map(({ order }) => order));
      const held = orders.reduce(
        (sum, each) => sum + Number(each.quantity) * (each.side === 'buy' ? 1 : -1),
        0,
      );
      expect(await positionOf(cloud, id)).toBe(String(held));
      const { lease, activeExecution, openOrders } = (await readAccount(cloud.ledger, id)) ?? {};
      expect({ lease, activeExecution, openOrders }).toEqual({ openOrders: {} });
    }
    expect(await deadLetters()).toEqual([]);
    expectRecoveredInTime(timeline, kills);
    console.info({ turns: summary(turns), late: turns.filter((turnMs) => turnMs > RECOVERY_MAX_MS) });
  },
  SENDING_MS + 200_000,
);
