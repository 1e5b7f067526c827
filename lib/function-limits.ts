import { Duration } from 'aws-cdk-lib';
import type { FunctionName } from '../functions/shared/environment.ts';

/** How long each function may run, and with how much memory. */
export const LIMITS: Readonly<
  Record<FunctionName, { readonly timeout: Duration; readonly memorySizeMb: number }>
> = {
  // A provider re-sends after 5 s: by then the invocation that it gave up on must be over, and its claim with it.
  ingest: { timeout: Duration.seconds(5), memorySizeMb: 512 },
  strategy: { timeout: Duration.seconds(3), memorySizeMb: 512 },
  // Shorter than the period of its schedule, so that runs do not overlap.
  reconcile: { timeout: Duration.seconds(50), memorySizeMb: 512 },
  admin: { timeout: Duration.seconds(20), memorySizeMb: 512 },
  authorizer: { timeout: Duration.seconds(5), memorySizeMb: 256 },
  activity: { timeout: Duration.seconds(30), memorySizeMb: 512 },
  // Below the time for which one who is about to tell operators is believed.
  alerts: { timeout: Duration.seconds(20), memorySizeMb: 256 },
  // Two signals, each waited for longer than a killed execution takes to be recovered.
  canary: { timeout: Duration.seconds(40), memorySizeMb: 256 },
};
