import { createBroker } from '../../../functions/brokers/create-broker.ts';
import { DEFAULT_CIRCUIT_SETTINGS } from '../../../functions/core/circuit.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import {
  type AccountId,
  type ClientOrderId,
  clientOrderIdOf,
  type ExecutionId,
  type StrategyId,
  type WebhookId,
} from '../../../functions/core/ids.ts';
import type { OrderIntent } from '../../../functions/core/order.ts';
import { forceUnlock, haltAccount, resumeAccount } from '../../../functions/ledger/account-controls.ts';
import { deleteAccount } from '../../../functions/ledger/accounts.ts';
import { delist, enlist, listAllIds } from '../../../functions/ledger/catalog.ts';
import {
  acquireProbe,
  controlCircuit,
  readCircuit,
  reportOutcome,
} from '../../../functions/ledger/circuits.ts';
import { configureAccount } from '../../../functions/ledger/configure-account.ts';
import { readControls } from '../../../functions/ledger/controls.ts';
import { listExecutions } from '../../../functions/ledger/executions.ts';
import {
  haltEverything,
  haltStrategy,
  resumeEverything,
  resumeStrategy,
} from '../../../functions/ledger/halts.ts';
import { lockAccount } from '../../../functions/ledger/held-account.ts';
import { saveToken } from '../../../functions/ledger/issue-token.ts';
import { listReceipts } from '../../../functions/ledger/receipts.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { findTokenHolder } from '../../../functions/ledger/tokens.ts';
import {
  deleteStrategy,
  deleteWebhook,
  saveStrategy,
  saveWebhook,
} from '../../../functions/ledger/webhooks.ts';
import { NO_VENUES } from '../../support/no-venues.ts';
import { accountOf, rehearsing, strategyOf, webhookOf } from '../../support/world.ts';

const ACCOUNT = 'one' as AccountId;
const STRATEGY = 'strategy' as StrategyId;
const HOOK = 'hook' as WebhookId;
const NOW_MS = Date.parse('2026-11-21T22:00:00.000Z');
const HALT = { scope: 'entries', reason: 'a test', haltedBy: 'somebody', haltedAtMs: NOW_MS } as const;

/** What operators do, and what they look at, each at least once. */
export async function operate(ledger: Ledger): Promise<void> {
  await configure(ledger);
  await halt(ledger);
  await unlock(ledger);
  await control(ledger);
  await tradeOnPaper(ledger);
  await listReceipts(ledger, { limit: 10 });
  await listExecutions(ledger, ACCOUNT, { from: '', to: '~', order: 'newest-first', limit: 10 });
  await saveToken(ledger, 'token', 'operator');
  await findTokenHolder(ledger, 'token');
  await takeAway(ledger);
}

async function configure(ledger: Ledger): Promise<void> {
  for (const again of [false, true]) {
    await saveWebhook(ledger, webhookOf(HOOK, { enabled: again }));
    await configureAccount(ledger, accountOf(ACCOUNT));
    await enlist(ledger, 'ACCOUNT', ACCOUNT);
    await saveStrategy(ledger, strategyOf(STRATEGY, again ? 'other' : HOOK, [ACCOUNT]));
  }
  await listAllIds(ledger, 'ACCOUNT');
}

async function takeAway(ledger: Ledger): Promise<void> {
  for (const _ of ['first', 'again']) {
    await deleteStrategy(ledger, STRATEGY);
    await deleteAccount(ledger, ACCOUNT).catch(() => undefined);
    await deleteWebhook(ledger, HOOK);
    await delist(ledger, 'ACCOUNT', ACCOUNT);
  }
}

async function halt(ledger: Ledger): Promise<void> {
  for (const scope of ['entries', 'all', 'entries'] as const) {
    await haltAccount(ledger, ACCOUNT, { ...HALT, scope });
    await haltStrategy(ledger, STRATEGY, { ...HALT, scope });
    await haltEverything(ledger, { ...HALT, scope });
  }
  await readControls(ledger, STRATEGY);
  for (const _ of ['first', 'again']) {
    await resumeAccount(ledger, ACCOUNT);
    await resumeStrategy(ledger, STRATEGY);
    await resumeEverything(ledger);
  }
}

async function unlock(ledger: Ledger): Promise<void> {
  const waited = { contentions: 0, waitMs: 0 };
  for (const ownerId of ['first', 'second']) {
    await lockAccount(ledger, { accountId: ACCOUNT, ownerId, nowMs: NOW_MS, waited });
  }
  await forceUnlock(ledger, ACCOUNT);
  await forceUnlock(ledger, ACCOUNT);
}

/** Opens the circuit by failures, lets probes through, and overrules it. */
async function control(ledger: Ledger): Promise<void> {
  const settings = { ...DEFAULT_CIRCUIT_SETTINGS, consecutiveFailures: 2, halfOpenProbes: 2 };
  let nowMs = NOW_MS;
  const subject = async (name: string) => ({
    strategyId: STRATEGY,
    executionId: name as ExecutionId,
    circuit: await readCircuit(ledger, STRATEGY),
    settings,
    nowMs,
  });
  for (const outcome of ['success', 'failure', 'crash'] as const) {
    await reportOutcome(ledger, new Map(), { ...(await subject(outcome)), outcome });
  }
  nowMs += 10 * settings.coolDownSeconds * 1_000;
  for (const name of ['probe-1', 'probe-2', 'probe-3', 'probe-1']) {
    await acquireProbe(ledger, await subject(name));
  }
  await reportOutcome(ledger, new Map(), { ...(await subject('probe-1')), outcome: 'success' });
  await reportOutcome(ledger, new Map(), { ...(await subject('probe-2')), outcome: 'failure' });
  for (const action of ['open', 'isolate', 'close', 'reset', 'reset'] as const) {
    await controlCircuit(ledger, { strategyId: STRATEGY, action, settings, reason: 'a test', nowMs });
  }
}

/** A market and a stop order at the paper venue, some of them rehearsing. */
async function tradeOnPaper(ledger: Ledger): Promise<void> {
  for (const guarantee of ['PERMANENT', 'NONE'] as const) {
    const account = accountOf(`paper-${guarantee}`, {
      simulation: rehearsing([{ kind: 'late-fill', on: 'place', when: { type: 'nth', nth: 2 } }], {
        guarantee,
      }),
    });
    const broker = createBroker(account, { ...ledger, ...NO_VENUES, clock: { now: () => NOW_MS } });
    for (const leg of ['entry', 'entry', 'second', 'stop-loss']) {
      await broker.place(orderOf(leg));
      await broker.lookup(orderOf(leg));
    }
    await broker.cancel(orderOf('stop-loss'));
    await broker.cancel({ ...orderOf('none'), clientOrderId: 'none' as ClientOrderId });
    await broker.positions();
    await broker.orders(10);
  }
}

function orderOf(leg: string): OrderIntent {
  const isStop = leg === 'stop-loss';
  return {
    clientOrderId: clientOrderIdOf('sig_test~strategy~paper' as ExecutionId, leg),
    leg,
    symbol: 'MNQM5',
    side: isStop ? 'sell' : 'buy',
    quantity: decimal(2),
    timeInForce: 'day',
    reduceOnly: isStop,
    referencePrice: decimal(100),
    ...(isStop ? { type: 'stop', stopPrice: decimal(95) } : { type: 'market' }),
  };
}
