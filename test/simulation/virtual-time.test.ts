import { describe, expect, it } from 'vitest';
import { Deadlock, virtualTime } from './virtual-time.ts';

const HOUR_MS = 3_600_000;

describe('virtual time', () => {
  it('passes only when everything waits, timer by timer, those of one moment in the order they were set', async () => {
    const time = virtualTime(1_000);
    const seen: string[] = [];
    const note = (what: string) => seen.push(`${what} ${time.now()}`);
    await time.run(async () => {
      time.after(2 * HOUR_MS, () => note('later'));
      time.after(50, () => note('first of a moment'));
      time.after(50, () => note('second of a moment'));
      await Promise.resolve();
      note('before any timer');
      await time.wait(HOUR_MS);
      note('after an hour');
      await time.wait(2 * HOUR_MS);
    });
    expect(seen).toEqual([
      'before any timer 1000',
      'first of a moment 1050',
      'second of a moment 1050',
      'after an hour 3601000',
      'later 7201000',
    ]);
  });

  it('fires no timer that was cancelled, and none after the end', async () => {
    const time = virtualTime();
    const seen: string[] = [];
    await time.run(async () => {
      const cancel = time.after(10, () => seen.push('cancelled'));
      time.after(30, () => seen.push('too late'));
      cancel();
      await time.wait(20);
    });
    expect(seen).toEqual([]);
  });

  it('is the time of Date.now and setInterval, and of nothing else afterwards', async () => {
    const system = { now: Date.now, setInterval, clearInterval };
    const time = virtualTime(5_000);
    const seen: number[] = [];
    await time.run(async () => {
      const interval = setInterval(() => seen.push(Date.now()), 100);
      await time.wait(350);
      clearInterval(interval);
      await time.wait(1_000);
    });
    expect(seen).toEqual([5_100, 5_200, 5_300]);
    expect({ now: Date.now, setInterval, clearInterval }).toEqual(system);
  });

  it('notices when everything waits for something that cannot happen', async () => {
    const time = virtualTime();
    await expect(time.run(() => new Promise(() => undefined))).rejects.toThrow(Deadlock);
  });

  it('gives what the work throws', async () => {
    const time = virtualTime();
    const failing = time.run(async () => {
      await time.wait(1);
      throw new Error('as it should');
    });
    await expect(failing).rejects.toThrow('as it should');
  });
});
