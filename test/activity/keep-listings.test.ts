import { Logger } from '@aws-lambda-powertools/logger';
import { type BatchWriteCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { keepListings } from '../../functions/activity/keep-listings.ts';
import { recordActivity } from '../../functions/activity/record-activity.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { readListingBeginning } from '../../functions/ledger/listings.ts';
import type { Operations } from '../../functions/ledger/operations-table.ts';
import { countDuplicate, recordReceipt } from '../../functions/ledger/receipts.ts';
import { executionId, receipt } from '../admin/records-support.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { always, createTrader } from '../support/trader.ts';
import { type StreamRecord, streamed } from './ledger-stream.ts';

let dynamoDb: TestDynamoDb;
let records: readonly StreamRecord[];
/** What the listings come to, each once. */
let all: readonly string[];
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
  const stream = streamed(dynamoDb.ledger);
  const trader = await createTrader(stream.ledger);
  await trader.signal({});
  await trader.signal({ action: 'exit' });
  const refused = await createTrader(stream.ledger, { faults: [always('reject')] });
  await refused.signal({ quantity: decimal(3) });
  const id = executionId(1, 'somebody');
  const accepted = receipt([id, executionId(1, 'other'), executionId(1, 'other', 'mean')], id);
  await recordReceipt(stream.ledger, accepted);
  await countDuplicate(stream.ledger, accepted.signalId);
  records = stream.records;
  await deliver(dynamoDb.operations);
  all = await listings();
});
afterAll(() => dynamoDb.stop());

const logger = new Logger({ logLevel: 'SILENT' });
const CLOCK = { now: () => 1_000 };

function deliver(operations: Operations, delivered: readonly StreamRecord[] = records) {
  const dependencies = { operations, logger, listings: keepListings(operations, CLOCK), consumers: [] };
  return recordActivity(delivered, dependencies);
}

async function listings(): Promise<string[]> {
  const { client, tableName } = dynamoDb.operations;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  return Items.filter(({ pk }) => String(pk).startsWith('LISTING#'))
    .map(({ pk, sk }) => `${pk} ${sk}`)
    .toSorted();
}

/** The table, with a look at what is written and a hand in what becomes of it. */
let own: Operations;
const writes: string[] = [];
let fate: (keys: readonly string[]) => void = () => undefined;
beforeEach(() => {
  writes.length = 0;
  fate = () => undefined;
  const { client, ...table } = dynamoDb.operations;
  const send = async (command: Parameters<typeof client.send>[0]) => {
    const { RequestItems = {} } = command.input as BatchWriteCommand['input'];
    const puts = Object.values(RequestItems).flat();
    const keys = puts.map(({ PutRequest }) => `${PutRequest?.Item?.pk} ${PutRequest?.Item?.sk}`);
    fate(keys);
    writes.push(...keys.filter((key) => key.startsWith('LISTING#')));
    return client.send(command);
  };
  own = { ...table, client: Object.create(client, { send: { value: send } }) };
});

describe('the listings', () => {
  it('say what each record can be found by, and nothing of what most records are', () => {
    const found = all.map((key) => key.replace(/^LISTING#| \S+$/g, '').replace(/(strategy)-\d+/, '$1'));
    expect(found).toEqual([
      'execution#orderStatus#REJECTED',
      'execution#status#REJECTED',
      'execution#strategyId#strategy',
      'execution#strategyId#strategy',
      'execution#strategyId#strategy',
      'execution#symbol#MNQM5',
      'execution#symbol#MNQM5',
      'execution#symbol#MNQM5',
      'signal#strategyId#mean',
      'signal#strategyId#trend',
      'signal#symbol#MNQM5',
      'signal#webhookId#demo',
      'trade#strategyId#strategy',
      'trade#symbol#MNQM5',
    ]);
  });

  it('come to the same however changes are repeated, cut and put into batches', async () => {
    const batch = fc.shuffledSubarray([...records], { minLength: 1 });
    const batches = fc.array(batch, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(batches, async (each) => {
        for (const delivery of each) {
          expect(await deliver(own, delivery)).toEqual({ batchItemFailures: [] });
        }
        expect(await listings()).toEqual(all);
      }),
      { numRuns: 5 },
    );
  });

  it('have nothing missing when the table fails now and then, as Lambda goes back to the first failure', async () => {
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.boolean()), async (fates) => {
        writes.length = 0;
        fate = () => {
          if (fates.next().value) {
            throw new Error('The table is away.');
          }
        };
        for (let from = 0; from < records.length; ) {
          const delivery = records.slice(from);
          const { batchItemFailures } = await deliver(own, delivery);
          const first = batchItemFailures[0]?.itemIdentifier;
          const isFirst = ({ dynamodb }: StreamRecord) => dynamodb.SequenceNumber === first;
          from = first === undefined ? records.length : records.findIndex(isFirst);
        }
        expect([...new Set(writes)].toSorted()).toEqual(all);
      }),
      { numRuns: 20 },
    );
  });

  it('are written once for each value of a record, whatever becomes of it later', async () => {
    for (const record of records) {
      await deliver(own, [record]);
    }
    expect(writes.toSorted()).toEqual(all);
  });

  it('do without what the table refuses, and hold up neither the log nor the others', async () => {
    fate = (keys) => {
      if (keys.some((key) => key.startsWith('LISTING#execution#symbol'))) {
        throw Object.assign(new Error('The key is too long.'), { name: 'ValidationException' });
      }
    };
    expect(await deliver(own)).toEqual({ batchItemFailures: [] });
    expect(writes.toSorted()).toEqual(all.filter((key) => !key.startsWith('LISTING#execution#symbol')));
  });

  it('begin when they are first kept, some minutes on, and not again', async () => {
    const beginningMs = await readListingBeginning(dynamoDb.operations);
    expect(beginningMs).toBe(CLOCK.now() + 5 * 60_000);
    await keepListings(own, { now: () => 9_000_000 })([]);
    expect(await readListingBeginning(dynamoDb.operations)).toBe(beginningMs);
  });
});
