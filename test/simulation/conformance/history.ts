import { type DynamoDBDocumentClient, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import type { ModelLedger } from '../model-table.ts';
import { type Outcome, outcomeOfCall, type PortableCommand, portable } from './engines.ts';

/** A command that was sent to the model, and what came of it. */
export interface Recorded {
  readonly command: PortableCommand;
  readonly outcome: Outcome;
}

/** A store that writes down what it is sent, in the order in which it takes effect. */
export interface RecordingStore {
  readonly store: ModelLedger;
  history(): Promise<readonly Recorded[]>;
  /** The files of functions/ that sent something, or called what did. */
  readonly senders: ReadonlySet<string>;
}

const SENDER = /\/functions\/([\w/-]+)\.ts:/g;

/** Who called, past the simulated process between them. */
function stack(): string {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 50;
  const text = new Error('who sends it').stack ?? '';
  Error.stackTraceLimit = limit;
  return text;
}

/** Wraps the model. */
export function recordingStore(store: ModelLedger): RecordingStore {
  const entries: { readonly command: PortableCommand; readonly outcome: Promise<Outcome> }[] = [];
  const senders = new Set<string>();
  const transactions = new WeakSet<object>();
  const send = (command: Parameters<DynamoDBDocumentClient['send']>[0]): Promise<unknown> => {
    for (const [, sender = ''] of stack().matchAll(SENDER)) {
      senders.add(sender);
    }
    const recorded = portable(command);
    const sent: Promise<unknown> = store.ledger.client.send(command);
    // A transaction that the SDK sends again under its token takes effect once.
    if (!transactions.has(command)) {
      entries.push({ command: recorded, outcome: outcomeOfCall(sent, (name) => name) });
    }
    if (command instanceof TransactWriteCommand) {
      transactions.add(command);
    }
    return sent;
  };
  const client = Object.create(store.ledger.client, {
    send: { value: send, writable: true, configurable: true },
  }) as DynamoDBDocumentClient;
  return {
    store: { ...store, ledger: { ...store.ledger, client } },
    history: () =>
      Promise.all(entries.map(async ({ command, outcome }) => ({ command, outcome: await outcome }))),
    senders,
  };
}
