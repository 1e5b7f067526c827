import type { Simulation } from '../../core/configuration.ts';
import { isWithin } from '../../core/trading-window.ts';

/** Whether the markets of an account trade at a moment. */
export function isTrading({ session }: Simulation, nowMs: number): boolean {
  return session === undefined || isWithin(session, nowMs);
}
