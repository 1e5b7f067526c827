import { setTimeout as wait } from 'node:timers/promises';

const POLL_MIN_MS = 5;

/**
 * Asks again and again until there is an answer, and gives it. Bounded, so that a test that waits for what never
 * comes fails with the last thing that was seen. What takes long to answer is asked less often, so that whoever waits
 * does not keep busy what it waits for.
 */
export async function until<Value>(
  ask: () => Promise<Value | undefined>,
  what: string,
  patienceMs = 20_000,
): Promise<Value> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const askedAtMs = performance.now();
    const value = await ask();
    if (value !== undefined) {
      return value;
    }
    if (performance.now() > deadlineMs) {
      throw new Error(`Waited ${patienceMs} ms for ${what}.`);
    }
    await wait(Math.max(POLL_MIN_MS, performance.now() - askedAtMs));
  }
}
