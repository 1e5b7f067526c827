import type { AccountId } from '../../../functions/core/ids.ts';
import { type Random, seededRandom } from '../../simulation/random.ts';
import type { TestCloud } from '../../support/local-cloud.ts';
import { configure } from '../../support/trading.ts';
import { type Planned, planBrackets, planLongBrackets, planPlain } from './planning.ts';

/**
 * What an account trades: market orders by themselves (`plain`), or brackets, at the paper venue with pairs that it keeps
 * or that Onefill does (`native`, `kept`), or at a fake Alpaca over HTTP.
 */
type Kind = 'plain' | 'native' | 'kept' | 'alpaca';

/** An account with a strategy and a webhook of its own, all of the same name. */
export interface Trader {
  readonly id: AccountId;
  readonly kind: Kind;
  readonly plan: readonly Planned[];
}

/** The kinds, and how long a call to each venue takes: kills are to find orders on their way, too. */
const VENUES: readonly (readonly [Kind, latenciesMs: readonly number[]])[] = [
  ['plain', [200, 0, 60, 0, 0, 200, 0, 60]],
  ['native', [20, 0, 20, 0]],
  ['kept', [20, 0, 20, 0]],
  ['alpaca', [0, 0, 0, 0]],
];

/** How long a request to Alpaca is on its way, and its answer on the way back. */
export const ALPACA_WIRE_MS = 10;
export const ALPACA_SYMBOL = 'AAPL';

const ACCOUNTS = VENUES.flatMap(([kind, latenciesMs]) =>
  latenciesMs.map((latencyMs, index) => ({ id: `${kind}-${index}` as AccountId, kind, latencyMs })),
);

const PLANS: Readonly<Record<Kind, (random: Random, signals: number) => readonly Planned[]>> = {
  plain: planPlain,
  native: planBrackets,
  kept: planBrackets,
  alpaca: (random, signals) => planLongBrackets(random, signals, ALPACA_SYMBOL),
};

/** The accounts at Alpaca, which have to be opened there. */
export const ALPACA_IDS = ACCOUNTS.filter(({ kind }) => kind === 'alpaca').map(({ id }) => id);

/** What an account trades. */
export function kindOf(id: AccountId): Kind | 'nobody' {
  return ACCOUNTS.find((account) => account.id === id)?.kind ?? 'nobody';
}

/** Everybody, with what a seed has them do. */
export function tradersFor(seed: number, signals: number): Trader[] {
  return ACCOUNTS.map(({ id, kind }, index) => {
    const plan = PLANS[kind](seededRandom(seed + index), signals);
    return { id, kind, plan };
  });
}

/** Configures all accounts, strategies and webhooks over the API. */
export async function configureTraders(cloud: TestCloud): Promise<void> {
  // Crashes count as failures; here they must not stop the entries that follow.
  const circuitBreaker = { consecutiveFailures: 100, minimumCalls: 1_000 };
  await Promise.all(
    ACCOUNTS.map(({ id, kind, latencyMs }) => {
      const oco = kind === 'kept' ? 'kept' : 'native';
      const account =
        kind === 'alpaca' ? { broker: 'alpaca', credentials: id } : { simulation: { latencyMs, oco } };
      const allowShort = kind === 'native' || kind === 'kept';
      return configure(cloud, id, [id], { account, strategy: { circuitBreaker, allowShort } });
    }),
  );
}
