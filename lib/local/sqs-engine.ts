import { DatabaseSync } from 'node:sqlite';
import { type BuildAppOptions, buildApp } from 'fauxqs';
import { damaged } from './data-folder.ts';
import { messageOf } from './errors.ts';

/** The engine that answers as SQS. */
export interface SqsEngine {
  readonly endpoint: string;
  stop(): Promise<void>;
}

type Stores = NonNullable<BuildAppOptions['stores']>;
type SqsStore = Stores['sqsStore'];
type Persistence = NonNullable<SqsStore['persistence']>;

/** How long SQS remembers the deduplication id of a message. */
const DEDUPLICATION_WINDOW_MS = 5 * 60 * 1_000;

/** The parts of fauxqs that its package does not export, and that listening on loopback only needs. */
interface Internals {
  readonly SqsStore: new () => SqsStore;
  readonly SnsStore: new () => Stores['snsStore'];
  readonly S3Store: new () => Stores['s3Store'];
  readonly PersistenceManager: new (dataDirectory: string) => Persistence;
}

/**
 * Starts fauxqs inside this process, on a free port of the loopback interface.
 *
 * Not by its own `startFauxqs`, which opens the port on every network interface, so that anyone nearby could place
 * orders. test/local/fauxqs.test.ts states what else of fauxqs 2.4.1 is made good here.
 *
 * @param data where it keeps queues and messages; none keeps them in memory
 * @throws LocalCloudError when the data is damaged
 */
export async function startFauxqs(
  data: { readonly directory: string; readonly queuesDirectory: string } | undefined,
): Promise<SqsEngine> {
  const internals = await loadInternals();
  const stores: Stores = {
    sqsStore: new internals.SqsStore(),
    snsStore: new internals.SnsStore(),
    s3Store: new internals.S3Store(),
  };
  // No host, so that queue URLs have the address they were asked by and not a name that needs a DNS server.
  stores.sqsStore.host = '';
  const persistence = data === undefined ? undefined : restore(internals, stores, data);
  const app = buildApp({ logger: false, stores });
  const endpoint = await app.listen({ host: '127.0.0.1', port: 0 });
  return {
    endpoint,
    stop: async () => {
      await app.close();
      persistence?.close();
    },
  };
}

async function loadInternals(): Promise<Internals> {
  const root = import.meta.resolve('fauxqs');
  const [sqs, sns, s3, persistence] = await Promise.all(
    ['sqs/sqsStore.js', 'sns/snsStore.js', 's3/s3Store.js', 'persistence.js'].map(
      (file) => import(new URL(file, root).href),
    ),
  );
  return {
    SqsStore: sqs.SqsStore,
    SnsStore: sns.SnsStore,
    S3Store: s3.S3Store,
    PersistenceManager: persistence.PersistenceManager,
  };
}

function restore(
  internals: Internals,
  stores: Stores,
  data: { readonly directory: string; readonly queuesDirectory: string },
): Persistence {
  let persistence: Persistence;
  try {
    persistence = new internals.PersistenceManager(data.queuesDirectory);
    persistence.loadSqsAndSns(stores.sqsStore, stores.snsStore);
  } catch (error) {
    throw damaged(data.directory, data.queuesDirectory, messageOf(error));
  }
  // Safe when a process is killed; only a power cut could lose the last writes, and each costs no disk flush.
  const database = databaseOf(persistence);
  database.exec('PRAGMA synchronous = NORMAL');
  keepReceiveCounts(persistence, database);
  stores.sqsStore.persistence = persistence;
  for (const queue of stores.sqsStore.allQueues()) {
    queue.persistence = persistence;
    rememberDuplicates(queue);
  }
  return persistence;
}

/** The open database, which fauxqs keeps to itself. */
function databaseOf(persistence: Persistence): DatabaseSync {
  const database: unknown = Reflect.get(persistence, 'db');
  if (!(database instanceof DatabaseSync)) {
    throw new Error('This version of fauxqs keeps its data in another way than 2.4.1 does.');
  }
  return database;
}

/**
 * fauxqs writes no receive count when a message's visibility is set to 0, which its own schema refuses: the call
 * fails, the message is gone until a restart, and its group is blocked for ever.
 */
function keepReceiveCounts(persistence: Persistence, database: DatabaseSync): void {
  const makeVisible = database.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  );
  persistence.updateMessageReady = (messageId) => {
    makeVisible.run(messageId);
  };
}

type SqsQueue = ReturnType<SqsStore['createQueue']>;

/** fauxqs forgets deduplication ids when it stops. Those of messages that wait are known; SQS knows five minutes. */
function rememberDuplicates(queue: SqsQueue): void {
  const oldest = Date.now() - DEDUPLICATION_WINDOW_MS;
  const { ready, delayed, inflight } = queue.inspectMessages();
  for (const message of [...ready, ...delayed, ...inflight.map((entry) => entry.message)]) {
    const { messageDeduplicationId, messageId, sequenceNumber, sentTimestamp } = message;
    if (messageDeduplicationId !== undefined && sentTimestamp > oldest) {
      queue.recordDeduplication(messageDeduplicationId, messageId, sequenceNumber);
    }
  }
}
