import { isoTime } from '../core/clock.ts';
import type { Halt } from '../core/halt.ts';

/** A kill switch that was thrown, as answers have it. */
export function showHalt({ haltedAtMs, ...halt }: Halt) {
  return { ...halt, haltedAt: isoTime(haltedAtMs) };
}
