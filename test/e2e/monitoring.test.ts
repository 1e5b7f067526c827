import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installCanary } from '../../functions/canary/install.ts';
import { Canary } from '../../functions/canary/run.ts';
import { CANARY_ID } from '../../functions/core/canary.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { configure, SECRET } from '../support/trading.ts';
import { until } from '../support/until.ts';

let cloud: TestCloud;
beforeAll(async () => {
  cloud = await startTestCloud();
}, 60_000);
afterAll(() => cloud.stop());

const clock = { now: () => Date.now() };
const canaryOf = ({ ledger, url }: TestCloud) => new Canary({ ledger, apiUrl: url, clock });

async function held(): Promise<unknown> {
  const { items } = (await cloud.mustAdmin(`/accounts/${CANARY_ID}/positions`)) as {
    items: { quantity: string }[];
  };
  return items.map(({ quantity }) => quantity);
}

test('the canary installs itself, sings, and holds nothing afterwards', async () => {
  const canary = canaryOf(cloud);
  expect(await canary.sing()).toEqual({ kind: 'sung', latencyMs: expect.any(Number) });
  expect(await held()).toEqual([]);
  expect(await canary.sing()).toMatchObject({ kind: 'sung' });
  expect(await held()).toEqual([]);
});

test("two environments, of which only the last one's secret counts, sing in turn", async () => {
  const [one, other] = [canaryOf(cloud), canaryOf(cloud)];
  for (const canary of [one, other, one]) {
    expect(await canary.sing()).toMatchObject({ kind: 'sung' });
  }
});

test('what a run that died has bought is sold by the next one', async () => {
  const secret = randomUUID();
  await installCanary(cloud.ledger, secret);
  const bought = { id: randomUUID(), symbol: 'CANARY', action: 'buy', quantity: '1', price: '100' };
  await cloud.send(CANARY_ID, bought, { 'x-webhook-secret': secret });
  expect(await canaryOf(cloud).sing()).toMatchObject({ kind: 'sung' });
  expect(await held()).toEqual([]);
});

test('a kill switch holds it, which is no failure', async () => {
  const reason = { reason: 'It is a test.' };
  await cloud.mustAdmin(`/accounts/${CANARY_ID}/halt`, { method: 'POST', body: reason });
  expect(await canaryOf(cloud).sing()).toEqual({ kind: 'held' });
  await cloud.mustAdmin(`/accounts/${CANARY_ID}/resume`, { method: 'POST', body: reason });
});

test('it fails when its signal does not become an order, and says how far it came', async () => {
  const simulation = { faults: [{ kind: 'reject', always: true }] };
  await cloud.mustAdmin(`/accounts/${CANARY_ID}`, { method: 'PUT', body: { broker: 'paper', simulation } });
  await expect(canaryOf(cloud).sing()).rejects.toThrow(/buying, ended REJECTED/);
  await cloud.mustAdmin(`/accounts/${CANARY_ID}`, { method: 'PUT', body: { broker: 'paper' } });
});

test('it fails when nobody answers', async () => {
  const deaf = new Canary({ ledger: cloud.ledger, apiUrl: 'http://127.0.0.1:9', clock });
  await expect(deaf.sing()).rejects.toThrow('The webhook could not be sent.');
});

test('it trades on paper only, whatever an account of its name is', async () => {
  const body = { broker: 'alpaca', credentials: 'canary', environment: 'demo' };
  await cloud.mustAdmin(`/accounts/${CANARY_ID}`, { method: 'PUT', body });
  await expect(canaryOf(cloud).sing()).rejects.toMatchObject({ code: 'CANARY_ACCOUNT_TAKEN' });
  await cloud.mustAdmin(`/accounts/${CANARY_ID}`, { method: 'PUT', body: { broker: 'paper' } });
});

test('the function sings as it is deployed', async () => {
  const result = await cloud.cloud.invoke('canary', {});
  expect(JSON.parse(result.ok ? result.payload : '{}')).toMatchObject({ kind: 'sung' });
});

test('an operator silences it by disabling its webhook', async () => {
  await cloud.mustAdmin(`/webhooks/${CANARY_ID}`, {
    method: 'PUT',
    body: { enabled: false, secret: 'a-long-secret' },
  });
  expect(await canaryOf(cloud).sing()).toEqual({ kind: 'silenced' });
});

test('the queues are all that the stack has', async () => {
  const { items } = (await cloud.mustAdmin('/monitoring/queues')) as { items: { name: string }[] };
  const rest = { visible: 0, inFlight: 0, delayed: 0 };
  expect(items).toEqual([
    { name: 'accounts', ...rest, receivesMax: 30 },
    { name: 'deadLetters', ...rest },
    { name: 'activityFailures', ...rest },
    { name: 'alertFailures', ...rest },
  ]);
});

test('the figures are those of the ledger, and the canary is not among them', async () => {
  await configure(cloud, 'mixed', ['mixed-1', 'mixed-2']);
  const send = (signal: object) => cloud.send('mixed', signal, { 'x-webhook-secret': SECRET });
  const buys = Array.from({ length: 6 }, (_, index) => {
    return { id: `buy-${index}`, symbol: 'MNQM5', action: 'buy', quantity: 1, price: 100 };
  });
  const sell = { id: 'sell', symbol: 'ESM5', action: 'sell', quantity: 1, price: 100 };
  const wrong = { id: 'wrong', symbol: 'MNQM5', action: 'buy', quantity: -1 };
  await Promise.all([...buys, sell, wrong].map(send));
  await Promise.all(buys.slice(0, 2).map(send));
  const counts = await until(async () => {
    const worker = (await cloud.mustAdmin('/monitoring/worker')) as { counts: Record<string, number> };
    return (worker.counts.executionsCompleted ?? 0) + (worker.counts.executionsSkipped ?? 0) < 14 ||
      (worker.counts.signalsDuplicated ?? 0) < 2
      ? undefined
      : worker.counts;
  }, 'the figures of everything that was sent');
  expect(counts).toMatchObject(await countsOfLedger());
  expect(counts).toMatchObject({
    signalsAccepted: 7,
    signalsRefused: 1,
    signalsDuplicated: 2,
    executionsCompleted: 12,
    executionsSkipped: 2,
    ordersFilled: 12,
  });
});

/** What the records themselves say of all signals but the canary's. */
async function countsOfLedger() {
  const { items } = (await cloud.mustAdmin('/signals?webhookId=mixed&limit=100')) as {
    items: { signalId: string; status: string; duplicates: number }[];
  };
  const orders = (await cloud.mustAdmin('/orders?strategyId=mixed&limit=100')) as {
    items: { status: string }[];
  };
  return {
    signalsAccepted: items.filter(({ status }) => status === 'accepted').length,
    signalsRefused: items.filter(({ status }) => status === 'refused').length,
    signalsDuplicated: items.reduce((sum, { duplicates }) => sum + duplicates, 0),
    ordersFilled: orders.items.filter(({ status }) => status === 'FILLED').length,
  };
}
