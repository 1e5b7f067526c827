import { describe, expect, it } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { forceUnlock } from '../../functions/ledger/account-controls.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { type Random, seededRandom } from '../simulation/random.ts';
import { startTestDynamoDb } from '../support/dynamodb.ts';
import { scaled } from '../support/scale.ts';
import { seed as seedAccount } from '../support/world.ts';
import { announcedSeed } from './announced-seed.ts';
import { type Contender, contend, LOG, type Script } from './contest.ts';
import { ContestTime } from './contest-time.ts';
import { LeaseRecord } from './lease-record.ts';

const SKEW_MAX_MS = 30_000;
const ACCOUNT = 'contested' as AccountId;
/** How long contenders wait between attempts, per contender: so that most attempts meet a holder, but not hundreds. */
const WAIT_MS = 200;
const TIMEOUT_MS = 900_000;

function scriptOf(random: Random): Script {
  const entries = random.pick([0, 1, 1, 1, 1, 2, 2] as const);
  const unfinished = random.pick(['releases', 'dies'] as const);
  return {
    entries,
    ending: entries === 0 || random.chance(0.25) ? unfinished : 'settles',
    renews: random.chance(0.2),
    journals: random.chance(0.3),
    asksTwice: random.chance(0.1),
  };
}

/** Mostly short; now and then longer than the lease, and than any other clock is behind. */
function delayMsOf(random: Random): number {
  if (random.chance(0.02)) {
    return random.between(TIMING.leaseDurationMs, 2 * SKEW_MAX_MS + TIMING.leaseDurationMs);
  }
  return random.chance(0.5) ? 0 : random.between(0, 20);
}

interface Contest {
  readonly contenders: number;
  readonly acquisitionsEach: number;
}

/** All contenders at once, and an operator who throws holders out, until each has had the account so many times. */
async function hold(ledger: Ledger, { contenders, acquisitionsEach }: Contest): Promise<LeaseRecord> {
  const seed = announcedSeed(`${contenders} contenders × ${acquisitionsEach} acquisitions`);
  await seedAccount(ledger, ACCOUNT);
  const time = new ContestTime();
  const travel = seededRandom(seed - 2);
  const watched = time.watch(ledger, () => delayMsOf(travel));
  const record = new LeaseRecord();
  let competing = contenders;

  const compete = async (index: number): Promise<void> => {
    const random = seededRandom(seed + index);
    const skewMs = random.between(-SKEW_MAX_MS, SKEW_MAX_MS);
    const contender: Omit<Contender, 'ownerId'> = {
      ledger: watched,
      accountId: ACCOUNT,
      now: () => time.now() + skewMs,
      pause: () => time.sleep(delayMsOf(random)),
    };
    for (let acquired = 0, attempt = 1; acquired < acquisitionsEach; attempt += 1) {
      const ownerId = `${index}-${attempt}`;
      const came = await contend({ ...contender, ownerId }, scriptOf(random), () => record.witness());
      acquired += came === 'contended' ? 0 : 1;
      await time.sleep(random.between(0, WAIT_MS * contenders));
    }
    competing -= 1;
  };

  const operate = async (): Promise<void> => {
    const random = seededRandom(seed - 1);
    while (competing > 0) {
      const askedAt = record.moment();
      const result = await forceUnlock(watched, ACCOUNT);
      if (result?.unlocked) {
        record.unlocked(result.fencingToken, askedAt);
      }
      await time.sleep(random.between(0, 2_000));
    }
  };
  await Promise.all([operate(), ...Array.from({ length: contenders }, (_, index) => compete(index))]);
  return record;
}

/** Holds a contest and checks what came of it. */
async function expectSound(ledger: Ledger, contest: Contest): Promise<void> {
  const record = await hold(ledger, contest);
  const account = await readAccount(ledger, ACCOUNT);
  record.expectSound({ fencingToken: account?.fencingToken ?? 0, log: account?.positions[LOG] });
  const { counts } = record;
  console.info(counts);
  expect(counts.acquired).toBeGreaterThanOrEqual(contest.contenders * contest.acquisitionsEach);
  // Enough of them were overtaken, thrown out and turned away to prove something.
  expect(counts.overtaken).toBeGreaterThan(counts.acquired / 50);
  expect(counts.unlocked).toBeGreaterThan(0);
  expect(counts.turnedAway).toBeGreaterThan(counts.acquired / 50);
}

describe('only whoever has the lease changes anything, whatever the clocks, pauses, deaths and forced unlocks (I2, I5, B2)', () => {
  it(
    'on a real engine',
    async () => {
      const store = await startTestDynamoDb();
      try {
        await expectSound(store.ledger, { contenders: scaled(40, 500), acquisitionsEach: scaled(4, 40) });
      } finally {
        await store.stop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    'on the model of one, five times as often',
    () =>
      expectSound(modelLedger().ledger, { contenders: scaled(40, 500), acquisitionsEach: scaled(20, 200) }),
    TIMEOUT_MS,
  );
});
