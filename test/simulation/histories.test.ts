import { describe, expect, it } from 'vitest';
import { startTestDynamoDb } from '../support/dynamodb.ts';
import { scaled } from '../support/scale.ts';
import { comparable, engineOf, type Outcome, type PortableCommand } from './conformance/engines.ts';
import { type Recorded, recordingStore } from './conformance/history.ts';
import { operate } from './conformance/operations.ts';
import { type ModelLedger, modelLedger } from './model-table.ts';
import { play } from './seeds/play.ts';

const SEEDS = scaled(2, 25);
const TIMEOUT_MS = scaled(120_000, 900_000);

/** What sends on the trade path and beside it; whatever else does is held against engines by tests of its own. */
const SENDERS = [
  'brokers/paper/book',
  'ingest/signal-claim',
  'ledger/account-controls',
  'ledger/accounts',
  'ledger/catalog',
  'ledger/circuit-writes',
  'ledger/controls',
  'ledger/executions',
  'ledger/halts',
  'ledger/held-account',
  'ledger/issue-token',
  'ledger/pending',
  'ledger/rate-windows',
  'ledger/receipts',
  'ledger/reconcile-cursor',
  'ledger/tokens',
  'ledger/trades',
  'ledger/unplaced',
  'ledger/webhooks',
];

const KEY_NAMES = ['pk', 'sk', 'id'];

/** Of an item that is new, dynoxide returns the key as what it was before; DynamoDB returns nothing. */
function withoutBareKey(command: PortableCommand, outcome: Outcome): Outcome {
  if (outcome.kind === 'refused') {
    return { kind: outcome.kind, name: outcome.name, details: outcome.details };
  }
  const { Attributes, ...rest } = outcome.answer as { readonly Attributes?: object };
  const isBare = Object.keys(Attributes ?? {}).every((name) => KEY_NAMES.includes(name));
  return comparable(command, { kind: outcome.kind, answer: isBare ? rest : outcome.answer });
}

/** Sends what the model was sent to a real engine, one after the other, and looks for what came of it. */
async function expectSame(history: readonly Recorded[]): Promise<void> {
  const store = await startTestDynamoDb();
  try {
    const names: Record<string, string> = {
      ledger: store.ledger.tableName,
      idempotency: store.idempotencyTableName,
    };
    const real = engineOf(store.ledger.client, (name) => names[name] ?? name);
    for (const [index, { command, outcome }] of history.entries()) {
      const got = withoutBareKey(command, await real.outcomeOf(command));
      expect(withoutBareKey(command, outcome), `${index}: ${JSON.stringify(command)}`).toEqual(got);
    }
  } finally {
    await store.stop();
  }
}

describe('what the product sends to the model has the same effect on the engine', () => {
  it(
    'in the histories of seeds and operators, which no part of the ledger is left out of',
    async () => {
      const senders = new Set<string>();
      const compare = async (act: (store: ModelLedger) => Promise<unknown>) => {
        const recording = recordingStore(modelLedger());
        await act(recording.store);
        await expectSame(await recording.history());
        expect(recording.store.refused).toEqual([]);
        for (const sender of recording.senders) {
          senders.add(sender);
        }
      };
      for (let seed = 1; seed <= SEEDS; seed += 1) {
        await compare((store) => play(seed, store));
      }
      await compare(({ ledger }) => operate(ledger));
      expect(SENDERS.filter((sender) => !senders.has(sender))).toEqual([]);
    },
    TIMEOUT_MS,
  );
});
