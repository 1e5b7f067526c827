import { DEFAULT_CIRCUIT_SETTINGS } from '../../../functions/core/circuit.ts';
import { enlist } from '../../../functions/ledger/catalog.ts';
import { configureAccount } from '../../../functions/ledger/configure-account.ts';
import { saveStrategy, saveWebhook } from '../../../functions/ledger/webhooks.ts';
import { accountOf, strategyOf, webhookOf } from '../../support/world.ts';
import type { World } from '../world.ts';
import type { Scenario } from './scenario.ts';

export const WEBHOOK = 'hook';

/** Puts what a scenario trades by into its world. */
export async function configure(
  { store: { ledger } }: World,
  { accountIds, strategies }: Scenario,
): Promise<void> {
  await saveWebhook(ledger, webhookOf(WEBHOOK));
  for (const id of accountIds) {
    await configureAccount(ledger, accountOf(id));
    await enlist(ledger, 'ACCOUNT', id);
  }
  for (const { id, accountIds: traded, allowShort, cleanup, hasCircuit } of strategies) {
    const circuit = hasCircuit ? { circuitBreaker: DEFAULT_CIRCUIT_SETTINGS } : {};
    await saveStrategy(ledger, strategyOf(id, WEBHOOK, traded, { allowShort, cleanup, ...circuit }));
  }
}
