import { setTimeout as wait } from 'node:timers/promises';
import { TIMING } from '../../../functions/core/lease.ts';
import type { Random } from '../../simulation/random.ts';
import type { TestCloud } from '../../support/local-cloud.ts';
import { until } from '../../support/until.ts';
import type { AbandonedLease } from '../account-timeline.ts';

/** At most one kill per renewal of a lease: so that the one that ended a holder can be told from the others. */
const KILL_GAP_MIN_MS = TIMING.leaseRenewalMs + 50;
const KILL_GAP_MAX_MS = 1_500;
/** How late, after a process ended, what it did last may be seen, and a renewal that is due. */
const SLACK_MS = 300;

export interface Kill {
  readonly atMs: number;
  readonly functionName: string;
  /** Whose messages a strategy environment worked on. */
  readonly accountIds: readonly string[];
}

/** Kills environments of a function, one at a time at random moments, and only while they work, until told to stop. */
export async function killAtRandom(
  { cloud }: TestCloud,
  random: Random,
  isOver: () => boolean,
): Promise<Kill[]> {
  const kills: Kill[] = [];
  while (!isOver()) {
    await wait(random.between(KILL_GAP_MIN_MS, KILL_GAP_MAX_MS));
    const functionName = random.chance(0.1) ? 'ingest' : 'strategy';
    // How far whoever works then has come is as random as the moment.
    const victim = await until(async () => {
      await wait(random.between(0, 20));
      const atWork = cloud
        .environments()
        .filter((each) => each.functionName === functionName && each.state === 'busy');
      return isOver() ? 'nobody' : atWork[random.between(0, atWork.length - 1)];
    }, `an environment of ${functionName} at work`);
    if (victim !== 'nobody') {
      kills.push({ atMs: Date.now(), functionName, accountIds: accountsOf(victim) });
      process.kill(victim.pid, 'SIGKILL');
    }
  }
  return kills;
}

/** Whose messages an environment of the strategy function works on. */
function accountsOf({
  functionName,
  event = '{}',
}: {
  functionName: string;
  event?: string | undefined;
}): string[] {
  if (functionName !== 'strategy') {
    return [];
  }
  const { Records = [] } = JSON.parse(event) as { Records?: readonly { readonly body: string }[] };
  return Records.map(({ body }) => (JSON.parse(body) as { accountId: string }).accountId);
}

/**
 * The kills that an account was abandoned by: of the holder of its lease, after which it did nothing more, not even
 * renew; then of whoever had its message next and had not taken the account yet.
 */
export function causesOf(lease: AbandonedLease, kills: readonly Kill[]): Kill[] {
  const { accountId, lastActedAfterMs, lastActedBeforeMs, settledAtMs = Infinity } = lease;
  const renewalDueMs = lastActedBeforeMs + TIMING.leaseRenewalMs + SLACK_MS;
  const hits = kills.filter(
    ({ atMs, accountIds }) =>
      accountIds.includes(accountId) && atMs > lastActedAfterMs - SLACK_MS && atMs < settledAtMs,
  );
  return hits[0] && hits[0].atMs < renewalDueMs ? hits : [];
}
