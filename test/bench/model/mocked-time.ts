import { mock } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';

const STEP_MS = 10;

/**
 * Does something with each of some peers, one after the other, in which time stands still but for {@link passed} and
 * {@link settled}: for libraries that ask `Date` and set timers by themselves.
 */
export async function eachInMockedTime<Peer, Result>(
  peers: readonly Peer[],
  work: (peer: Peer) => Promise<Result[]>,
): Promise<Result[]> {
  mock.timers.enable({
    apis: ['setTimeout', 'setInterval', 'Date'],
    now: Date.parse('2026-11-22T10:00:00.000Z'),
  });
  try {
    const results: Result[] = [];
    for (const peer of peers) {
      results.push(...(await work(peer)));
    }
    return results;
  } finally {
    mock.timers.reset();
  }
}

/** Lets time pass until something has settled. @returns how long that took, milliseconds */
export async function settled(work: Promise<unknown>): Promise<number> {
  const beganAtMs = Date.now();
  let isOver = false;
  const end = () => {
    isOver = true;
  };
  work.then(end, end);
  await turn();
  while (!isOver) {
    mock.timers.tick(STEP_MS);
    await turn();
  }
  await work;
  return Date.now() - beganAtMs;
}

/** Lets time pass. */
export async function passed(durationMs: number): Promise<void> {
  mock.timers.tick(durationMs);
  await turn();
}
