import { postPrice } from '../../functions/brokers/paper/book.ts';
import type { RehearsalFault } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import type { Signal } from '../../functions/core/signal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { readAccount } from '../../functions/ledger/accounts.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { brokerOrders, rehearsing, requestOf, seed, TestClock, testEngine } from './world.ts';

let accounts = 0;

/** How a trader's account and strategy are configured, and which faults the venue meets. */
export type TraderOptions = NonNullable<Parameters<typeof seed>[2]> & {
  readonly faults?: readonly RehearsalFault[];
};

/** An account of its own at the paper venue, and the means to trade it and to look at it. */
export async function createTrader(ledger: Ledger, options: TraderOptions = {}) {
  accounts += 1;
  const accountId = `trader-${accounts}` as AccountId;
  const strategyId = `strategy-${accounts}`;
  await seed(ledger, accountId, {
    simulation: rehearsing(options.faults),
    ...options,
    strategyId,
  });
  const clock = new TestClock();
  const engine = testEngine(ledger, clock);
  const request = (signal: Partial<Signal>) =>
    requestOf(accountId, signal, { strategyId, receivedAtMs: clock.now() });
  return {
    accountId,
    strategyId,
    engine,
    clock,
    request,
    /** Executes a signal to its end. @throws Error with the code when the message is handed back */
    signal: async (signal: Partial<Signal>): Promise<Execution> => {
      const result = await execute(engine, request(signal));
      if (result.kind !== 'done') {
        throw new Error(result.code);
      }
      return result.execution;
    },
    account: async () => {
      const account = await readAccount(ledger, accountId);
      if (!account) {
        throw new Error('The account is gone.');
      }
      return account;
    },
    /** Every order at the venue as `side type quantity status filled`. */
    venue: async () =>
      (await brokerOrders(ledger, accountId, clock)).map(({ side, type, quantity, status, filledQuantity }) =>
        [side, type, quantity, status, filledQuantity].join(' '),
      ),
    /** Moves the market of MNQM5. */
    move: (price: number) => postPrice({ ...ledger, accountId }, 'MNQM5', decimal(price)),
    /** Configures account and strategy anew. */
    reconfigure: (changed: TraderOptions) =>
      seed(ledger, accountId, { simulation: rehearsing(changed.faults), ...changed, strategyId }),
  };
}

/** A fault that the nth call of a kind meets, the first being 1. */
export function nth(
  kind: RehearsalFault['kind'],
  number: number,
  on: RehearsalFault['on'] = 'place',
): RehearsalFault {
  return { kind, on, when: { type: 'nth', nth: number } };
}

/** A fault that every call of a kind meets. */
export function always(kind: RehearsalFault['kind'], on: RehearsalFault['on'] = 'place'): RehearsalFault {
  return { kind, on, when: { type: 'always' } };
}
