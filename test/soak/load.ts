import { setTimeout as wait } from 'node:timers/promises';
import type { TestCloud } from '../support/local-cloud.ts';
import { accepted, configure } from '../support/trading.ts';

/** As many accounts as keep every environment of the strategy function at work. */
const ACCOUNTS = 20;
const SENDERS = 8;
/** Every tenth webhook is sent twice at once. */
const DUPLICATE_EVERY = 10;
/** With more messages than this waiting, senders wait: what is measured is a system at work, not a queue. */
const QUEUED_MAX = 400;
const LOOK_EVERY_SIGNALS = 100;
const BACK_PRESSURE_MS = 100;

/** What was sent. */
export interface Sent {
  readonly signals: number;
  readonly duplicates: number;
  readonly seconds: number;
}

const idOf = (number: number) => `soak-${number % ACCOUNTS}`;

/**
 * Sends signals at the highest rate that this machine executes: a position is opened and closed, time and again.
 *
 * @param onProgress hears how many have been sent, now and then
 */
export async function sendAll(
  cloud: TestCloud,
  signals: number,
  onProgress: (sent: number) => void,
): Promise<Sent> {
  for (let account = 0; account < ACCOUNTS; account += 1) {
    await configure(cloud, idOf(account), [idOf(account)]);
  }
  const startedAtMs = performance.now();
  let next = 0;
  let duplicates = 0;
  const sender = async (): Promise<void> => {
    while (next < signals) {
      const number = next;
      next += 1;
      if (number % LOOK_EVERY_SIGNALS === 0) {
        onProgress(number);
        await untilThereIsRoom(cloud);
      }
      const copies = number % DUPLICATE_EVERY === 0 ? 2 : 1;
      duplicates += copies - 1;
      const action = Math.floor(number / ACCOUNTS) % 2 === 0 ? 'buy' : 'sell';
      const payload = { symbol: 'MNQM5', action, quantity: 1, price: 100 + number };
      await Promise.all(Array.from({ length: copies }, () => accepted(cloud, idOf(number), payload)));
    }
  };
  await Promise.all(Array.from({ length: SENDERS }, sender));
  return { signals, duplicates, seconds: (performance.now() - startedAtMs) / 1_000 };
}

async function untilThereIsRoom(cloud: TestCloud): Promise<void> {
  while ((await cloud.countMessages(cloud.accountsQueueUrl)).visible > QUEUED_MAX) {
    await wait(BACK_PRESSURE_MS);
  }
}
