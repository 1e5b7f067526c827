import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { type Callback, type CallbackClient, FailOpen, type Lock } from 'dynamodb-lock-client';
import { TIMING } from '../../../../functions/core/lease.ts';
import type { Ledger } from '../../../../functions/ledger/table.ts';
import { type LockPeer, NOTHING_ELSEWHERE } from './lock-peer.ts';
import { plainAccount } from './plain-account.ts';

const RETRIES = 100;

/**
 * npm's dynamodb-lock-client, failing open: the only of its two locks that ends when its holder dies. Its own default
 * does not trust clocks, so that whoever finds a lock waits a whole lease before it takes it. It hands out a fencing
 * token; no write is held against it unless its user does that.
 */
export const lockClient: LockPeer = {
  name: 'dynamodb-lock-client',
  on: async (ledger) => {
    const write = await plainAccount(ledger);
    const locks = new FailOpen({
      dynamodb: callbacksOf(ledger),
      lockTable: ledger.tableName,
      partitionKey: 'pk',
      sortKey: 'sk',
      leaseDurationMs: TIMING.leaseDurationMs,
      retryCount: RETRIES,
    });
    return {
      acquire: async () => {
        const lock = await new Promise<Lock>((resolve, reject) =>
          locks.acquireLock({ pk: 'LOCK', sk: 'account' }, (error, taken) =>
            error ? reject(error) : resolve(taken),
          ),
        );
        return { write, release: () => released(lock) };
      },
      elsewhere: NOTHING_ELSEWHERE,
    };
  },
};

function released(lock: Lock): Promise<void> {
  return new Promise((resolve, reject) => lock.release((error) => (error ? reject(error) : resolve())));
}

/** The document client of the SDK's second version, which the library asks for, by way of the third's. */
function callbacksOf({ client }: Ledger): CallbackClient {
  const told = (sent: Promise<unknown>, callback: Callback) => {
    sent.then(
      (answer) => callback(undefined, answer),
      // What the second version calls a code is a name in the third.
      (error: Error) => callback(Object.assign(error, { code: error.name })),
    );
  };
  return {
    get: (parameters, callback) => told(client.send(new GetCommand(textual(parameters))), callback),
    put: (parameters, callback) => told(client.send(new PutCommand(textual(parameters))), callback),
    delete: (parameters, callback) => told(client.send(new DeleteCommand(textual(parameters))), callback),
  };
}

/** The model of DynamoDB knows no binary values; as text they take a third more, far from another unit. */
function textual<Parameters>(parameters: object): Parameters {
  return JSON.parse(JSON.stringify(parameters), (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('base64') : value,
  );
}
