import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { AccountId } from '../../functions/core/ids.ts';
import { forceUnlock } from '../../functions/ledger/account-controls.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { contend, type Ending, type Script, type Witness } from '../storm/contest.ts';
import { seed } from '../support/world.ts';
import { AnswerLost, type Fate, lapsedForAllAfterMs, WatchedAccount } from './lease-table.ts';
import { runs, TIMEOUT_MS } from './runs.ts';

const ACCOUNT = 'property' as AccountId;
const SKEW_MAX_MS = 30_000;

/** The tables with the account in them, made once: every schedule goes on from a copy. */
const beginning = modelLedger();
await seed(beginning.ledger, ACCOUNT);

interface PlannedContender {
  readonly skewMs: number;
  /** What it does each time it has the account. */
  readonly scripts: readonly Script[];
  /** What becomes of its calls, in turn. */
  readonly fates: readonly Fate[];
}

const script: fc.Arbitrary<Script> = fc.record({
  entries: fc.nat(2),
  ending: fc.constantFrom<Ending>('settles', 'settles', 'releases', 'dies'),
  renews: fc.boolean(),
  journals: fc.boolean(),
  asksTwice: fc.integer({ min: 0, max: 3 }).map((number) => number === 0),
});

const fates = fc.oneof(
  fc.constant<Fate[]>(['answered']),
  fc.array(fc.constantFrom<Fate>('answered', 'answered', 'sent-again', 'unanswered'), {
    minLength: 1,
    maxLength: 7,
  }),
);

const contender: fc.Arbitrary<PlannedContender> = fc.record({
  skewMs: fc.oneof(fc.integer({ min: -SKEW_MAX_MS, max: SKEW_MAX_MS }), fc.integer({ min: -100, max: 100 })),
  scripts: fc.array(script, { minLength: 1, maxLength: 2 }),
  fates,
});

/** How time passes between the calls of all: in steps of a renewal, of a lease, and of two wrong clocks. */
const passing = fc.array(fc.constantFrom(90, 900, 2_700, 2_960, 30_000, 63_000), { maxLength: 6 });

const plan = fc.record({
  contenders: fc.array(contender, { minLength: 2, maxLength: 4 }),
  unlocks: fc.nat(2),
  passing,
});

/** Counts what holders were told, by token; what nobody was told may still have happened. */
function toldEntries() {
  const told = new Map<number, number>();
  const witness = (account: WatchedAccount): Witness => ({
    acquired: () => undefined,
    extended: () => undefined,
    turnedAway: () => undefined,
    returns: () => undefined,
    entered: (token) => told.set(token, (told.get(token) ?? 0) + 1),
    // Nobody is refused but who was overtaken.
    refused: (token) => expect(account.fencingToken).toBeGreaterThan(token),
  });
  return { told, witness };
}

it(
  'holders exclude each other, whatever interleaves and gets lost, and a lapsed lease is free (I2, I5, B2)',
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.scheduler(), plan, async (scheduler, { contenders, unlocks, passing }) => {
        const { ledger } = beginning.fork();
        const account = await WatchedAccount.of(ledger, ACCOUNT, scheduler);
        const { told, witness } = toldEntries();
        let nowMs = 0;

        const compete = async (
          { skewMs, scripts, fates }: PlannedContender,
          index: number,
        ): Promise<void> => {
          const watched = account.ledgerOf(fates);
          for (const [attempt, each] of scripts.entries()) {
            const holder = {
              ledger: watched,
              accountId: ACCOUNT,
              ownerId: `${index}-${attempt}`,
              now: () => nowMs + skewMs,
              pause: () => scheduler.schedule(Promise.resolve(), 'pause'),
            };
            await contend(holder, each, () => witness(account)).catch((error: unknown) => {
              expect(error).toBeInstanceOf(AnswerLost);
            });
          }
        };
        const operate = async (): Promise<void> => {
          for (let unlock = 0; unlock < unlocks; unlock += 1) {
            await forceUnlock(account.ledgerOf(['answered']), ACCOUNT);
          }
        };
        const pass = async (): Promise<void> => {
          for (const durationMs of passing) {
            await scheduler.schedule(Promise.resolve(), `${durationMs} ms`);
            nowMs += durationMs;
          }
        };
        await scheduler.waitFor(Promise.all([...contenders.map(compete), operate(), pass()]));

        account.expectLog();
        for (const [token, count] of told) {
          expect(account.entries.filter((entry) => entry === token).length).toBeGreaterThanOrEqual(count);
        }
        nowMs += lapsedForAllAfterMs(SKEW_MAX_MS);
        const last = { skewMs: -SKEW_MAX_MS, scripts: [LAST], fates: ['answered'] } as const;
        const entries = account.entries.length;
        await scheduler.waitFor(compete(last, contenders.length));
        expect(account.entries.length).toBe(entries + 1);
      }),
      runs(500),
    );
  },
  TIMEOUT_MS,
);

const LAST: Script = { entries: 1, ending: 'settles', renews: true, journals: true, asksTwice: false };
