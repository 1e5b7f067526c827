import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { configure, positionOf, SECRET, venueOrders } from '../support/trading.ts';
import { until } from '../support/until.ts';

const ACCOUNTS = 8;
const SIGNALS_PER_ACCOUNT = 10;
const KILLS = 12;
/** The venue takes its time, so that a kill finds orders on their way. */
const VENUE_LATENCY_MS = 30;
const RESENDS_MAX = 20;

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

/** Sends as a provider does: again, with the same payload, until the answer is neither a 5xx nor missing. */
async function sendUntilTaken(id: string, price: number): Promise<void> {
  for (let sent = 0; sent < RESENDS_MAX; sent += 1) {
    const payload = { symbol: 'MNQM5', action: 'buy', quantity: 1, price };
    const answer = await cloud.send(id, payload, { 'x-webhook-secret': SECRET });
    if (answer.status === 202) {
      return;
    }
    expect(answer.status, JSON.stringify(answer.body)).toBeGreaterThanOrEqual(500);
  }
  throw new Error(`The signal ${price} of ${id} was not taken after ${RESENDS_MAX} sends.`);
}

/** Kills an environment of a function while it works. @returns whether there was one */
function killOneAtWork(name: string): boolean {
  const atWork = cloud.cloud
    .environments()
    .find(({ functionName, state }) => functionName === name && state === 'busy');
  if (atWork) {
    process.kill(atWork.pid, 'SIGKILL');
  }
  return atWork !== undefined;
}

it('fills every signal once, in order, though environments are killed while they work (I1, I2, I4, I7)', async () => {
  const ids = Array.from({ length: ACCOUNTS }, (_, index) => `kill-${index}`);
  const simulation = { latencyMs: VENUE_LATENCY_MS };
  await Promise.all(ids.map((id) => configure(cloud, id, [id], { account: { simulation } })));

  let sending = true;
  const sent = Promise.all(
    ids.map(async (id) => {
      for (let number = 1; number <= SIGNALS_PER_ACCOUNT; number += 1) {
        await sendUntilTaken(id, number);
      }
    }),
  ).finally(() => {
    sending = false;
  });
  const kills = { ingest: 0, strategy: 0 };
  while (kills.ingest + kills.strategy < KILLS && sending) {
    const name = kills.ingest < kills.strategy ? 'ingest' : 'strategy';
    const killed = await until(
      async () => (killOneAtWork(name) ? true : sending ? undefined : false),
      `an environment of ${name} at work`,
    );
    kills[name] += killed ? 1 : 0;
  }
  await sent;
  expect(kills.ingest).toBeGreaterThan(0);
  expect(kills.strategy).toBeGreaterThan(0);

  const inOrder = Array.from({ length: SIGNALS_PER_ACCOUNT }, (_, index) => String(index + 1));
  for (const id of ids) {
    await until(
      async () => ((await positionOf(cloud, id)) === String(SIGNALS_PER_ACCOUNT) ? true : undefined),
      `all signals of ${id}`,
      90_000,
    );
    const filledAt = (await venueOrders(cloud, id)).map(({ averageFillPrice }) => averageFillPrice);
    expect(filledAt).toEqual(inOrder);
  }
  expect(await cloud.countMessages(cloud.deadLetterQueueUrl)).toMatchObject({ visible: 0, inFlight: 0 });
}, 180_000);
