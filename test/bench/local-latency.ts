import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { configure, SECRET, settled } from '../support/trading.ts';
import { until } from '../support/until.ts';

/**
 * Measures the local cloud: how long a webhook takes to its 202 at 20 requests a second, and to its FILLED.
 * Figures of this machine, engines and load; they say nothing about AWS.
 */
const REQUESTS_PER_SECOND = 20;
const REQUESTS = 400;
const FILLS = 100;
/** One account takes its signals one after the other; a steady stream goes to several. */
const WEBHOOKS = Array.from({ length: 10 }, (_, index) => `bench-${index}`);

function percentile(sorted: readonly number[], share: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1);
}

function print(what: string, durationsMs: readonly number[]): void {
  const sorted = durationsMs.toSorted((left, right) => left - right);
  const shares = [0.5, 0.9, 0.99].map((share) => `p${share * 100} ${percentile(sorted, share)} ms`);
  process.stdout.write(`${what.padEnd(58)} n=${sorted.length}  ${shares.join('  ')}\n`);
}

const signal = (price: number) => ({ symbol: 'MNQM5', action: 'buy', quantity: 1, price });

async function answered(
  cloud: TestCloud,
  price: number,
  webhookId = WEBHOOKS[price % WEBHOOKS.length] ?? '',
): Promise<{ durationMs: number; signalId: string }> {
  const startedAtMs = performance.now();
  const { status, body } = await cloud.send(webhookId, signal(price), { 'x-webhook-secret': SECRET });
  if (status !== 202) {
    throw new Error(`The webhook answered ${status}: ${JSON.stringify(body)}`);
  }
  return { durationMs: performance.now() - startedAtMs, signalId: (body as { signalId: string }).signalId };
}

async function measureAnswers(cloud: TestCloud): Promise<number[]> {
  const startedAtMs = performance.now();
  const pending: Promise<{ durationMs: number }>[] = [];
  for (let number = 0; number < REQUESTS; number += 1) {
    const dueInMs = startedAtMs + (number * 1_000) / REQUESTS_PER_SECOND - performance.now();
    await new Promise((due) => setTimeout(due, Math.max(0, dueInMs)));
    pending.push(answered(cloud, number + 1));
  }
  return (await Promise.all(pending)).map(({ durationMs }) => durationMs);
}

/** From sending the webhook until a filled order is there to be read, asked for every 2 ms. */
async function measureFills(cloud: TestCloud): Promise<number[]> {
  const durationsMs: number[] = [];
  for (let number = 0; number < FILLS; number += 1) {
    const startedAtMs = performance.now();
    const { signalId } = await answered(cloud, 10_000 + number);
    await settled(cloud, signalId);
    durationsMs.push(performance.now() - startedAtMs);
  }
  return durationsMs;
}

const cloud = await startTestCloud();
try {
  for (const id of WEBHOOKS) {
    await configure(cloud, id, [id]);
  }
  for (let warm = 0; warm < 20; warm += 1) {
    await settled(cloud, (await answered(cloud, 50_000 + warm)).signalId);
  }
  print(
    `webhook → 202, ${REQUESTS_PER_SECOND} requests/s over ${WEBHOOKS.length} accounts`,
    await measureAnswers(cloud),
  );
  const isIdle = async () => {
    const { visible, inFlight } = await cloud.countMessages(cloud.accountsQueueUrl);
    return visible + inFlight === 0 ? true : undefined;
  };
  await until(isIdle, 'the queue to be empty');
  print('webhook → FILLED on a paper account, one after the other', await measureFills(cloud));
} finally {
  await cloud.stop();
}
