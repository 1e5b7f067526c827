import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { scaled } from '../support/scale.ts';
import { accepted, configure, positionOf, venueOrders } from '../support/trading.ts';
import { until } from '../support/until.ts';

const ACCOUNTS = 20;
/** With the duplicates 100 webhooks, and 1,000 at full scale. */
const SIGNALS_PER_ACCOUNT = scaled(4, 40);
/** A fifth of all webhooks. */
const DUPLICATES_PER_ACCOUNT = SIGNALS_PER_ACCOUNT / 4;

let cloud: TestCloud;

beforeAll(async () => {
  cloud = await startTestCloud();
});
afterAll(() => cloud.stop());

it('loses nothing, doubles nothing and keeps each account’s order, with a fifth of duplicates on 20 accounts (F2)', async () => {
  const ids = Array.from({ length: ACCOUNTS }, (_, index) => `load-${index}`);
  await Promise.all(ids.map((id) => configure(cloud, id, [id])));

  const signalIds = await Promise.all(
    ids.map(async (id) => {
      const mine: string[] = [];
      for (let number = 1; number <= SIGNALS_PER_ACCOUNT; number += 1) {
        // The price tells the signals apart at the venue.
        const payload = { symbol: 'MNQM5', action: 'buy', quantity: 1, price: number };
        const copies = number <= DUPLICATES_PER_ACCOUNT ? 2 : 1;
        const answers = await Promise.all(Array.from({ length: copies }, () => accepted(cloud, id, payload)));
        expect(new Set(answers).size).toBe(1);
        mine.push(answers[0] ?? '');
      }
      return mine;
    }),
  );
  expect(new Set(signalIds.flat()).size).toBe(ACCOUNTS * SIGNALS_PER_ACCOUNT);

  const inOrder = Array.from({ length: SIGNALS_PER_ACCOUNT }, (_, index) => String(index + 1));
  for (const id of ids) {
    await until(
      async () => ((await positionOf(cloud, id)) === String(SIGNALS_PER_ACCOUNT) ? true : undefined),
      `all signals of ${id}`,
      100_000,
    );
    const orders = await venueOrders(cloud, id);
    expect(orders.map(({ averageFillPrice }) => averageFillPrice)).toEqual(inOrder);
  }
  expect(await cloud.countMessages(cloud.deadLetterQueueUrl)).toMatchObject({ visible: 0, inFlight: 0 });
}, 180_000);
