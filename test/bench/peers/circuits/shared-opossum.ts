import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import CircuitBreaker, { type Snapshot } from 'opossum';
import type { Ledger } from '../../../../functions/ledger/table.ts';
import { type CircuitPeer, COOL_DOWN_SECONDS, WINDOW_SECONDS } from './circuit-peer.ts';

const KEY = { pk: 'CIRCUIT', sk: 'opossum' } as const;
const MILLISECONDS = 1_000;

type Stats = Readonly<Record<'failures' | 'fires', number>>;

/**
 * opossum, with its state in DynamoDB as its README advises for Lambda: read before a call, written after one. To be
 * fair to it, only when something other than a success has happened, so that a healthy call costs it no write either.
 */
export const sharedOpossum: CircuitPeer = {
  name: 'opossum with its state in DynamoDB',
  environment: (ledger, opensAfter) => (venue) => callVenue(ledger, opensAfter, venue),
  countedFailures: async (ledger) => ((await load(ledger))?.status as Stats | undefined)?.failures ?? 0,
};

async function load(ledger: Ledger): Promise<Snapshot | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: KEY, ConsistentRead: true }),
  );
  return Item?.snapshot === undefined ? undefined : JSON.parse(Item.snapshot);
}

async function callVenue(ledger: Ledger, opensAfter: number, venue: () => Promise<void>): Promise<boolean> {
  const before = await load(ledger);
  let wasCalled = false;
  const breaker = new CircuitBreaker(
    () => {
      wasCalled = true;
      return venue();
    },
    {
      ...before,
      errorThresholdPercentage: 50,
      volumeThreshold: opensAfter,
      resetTimeout: COOL_DOWN_SECONDS * MILLISECONDS,
      rollingCountTimeout: WINDOW_SECONDS * MILLISECONDS,
      timeout: false,
      enableSnapshots: false,
      rollingPercentilesEnabled: false,
    },
  );
  try {
    await breaker.fire().catch(() => {});
    const after = breaker.toJSON();
    if (wasCalled && isWorthAWrite(before, after)) {
      const snapshot = JSON.stringify(after);
      await ledger.client.send(new PutCommand({ TableName: ledger.tableName, Item: { ...KEY, snapshot } }));
    }
    return wasCalled;
  } finally {
    breaker.shutdown();
  }
}

function isWorthAWrite(before: Snapshot | undefined, after: Snapshot): boolean {
  const failuresOf = (snapshot: Snapshot | undefined) =>
    (snapshot?.status as Stats | undefined)?.failures ?? 0;
  const isOpen = (snapshot: Snapshot | undefined) =>
    (snapshot?.state as { open?: boolean } | undefined)?.open ?? false;
  return failuresOf(after) > failuresOf(before) || isOpen(after) !== isOpen(before);
}
