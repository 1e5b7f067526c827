import { Logger } from '@aws-lambda-powertools/logger';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { activityOf } from '../../functions/activity/changes-of.ts';
import { countFigures } from '../../functions/activity/count-figures.ts';
import { keepListings } from '../../functions/activity/keep-listings.ts';
import { recordActivity } from '../../functions/activity/record-activity.ts';
import { readStreamRecord } from '../../functions/activity/stream-record.ts';
import { figuresOf } from '../../functions/core/figures.ts';
import { sumFigures } from '../../functions/ledger/figures.ts';
import type { Operations } from '../../functions/ledger/operations-table.ts';

import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { createTrader } from '../support/trader.ts';
import { linesOf, type StreamRecord, streamed } from './ledger-stream.ts';

let dynamoDb: TestDynamoDb;
let records: readonly StreamRecord[];
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
  const stream = streamed(dynamoDb.ledger);
  const trader = await createTrader(stream.ledger);
  await trader.signal({});
  await trader.signal({ action: 'exit' });
  records = stream.records;
});
afterAll(() => dynamoDb.stop());

const HOUR_SECONDS = 3_600;

const logger = new Logger({ logLevel: 'SILENT' });
const listingsOf = (operations: Operations) => keepListings(operations, { now: () => 0 });
const record = (delivered: readonly unknown[], operations: Operations = dynamoDb.operations) =>
  recordActivity(delivered, { operations, logger, listings: listingsOf(operations), consumers: [] });

async function log(): Promise<Record<string, unknown>[]> {
  const { client, tableName } = dynamoDb.operations;
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  return Items.toSorted((one, other) => (`${one.pk}${one.sk}` < `${other.pk}${other.sk}` ? -1 : 1));
}

describe('recording', () => {
  it('comes to the same log however records are repeated, cut and put into batches', async () => {
    await record(records);
    const once = await log();
    expect(once.length).toBeGreaterThan(5);
    const batch = fc.shuffledSubarray([...records], { minLength: 1 });
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3 }), async (batches) => {
        for (const each of batches) {
          expect(await record(each)).toEqual({ batchItemFailures: [] });
        }
        expect(await log()).toEqual(once);
      }),
      { numRuns: 10 },
    );
  });

  it('answers what could not be written by its number, and tells nobody of it', async () => {
    const told: string[] = [];
    const away = new Proxy(dynamoDb.operations.client, {
      get: () => async () => {
        throw new Error('The table is away.');
      },
    });
    const operations = { ...dynamoDb.operations, client: away };
    const consumers = [(written: Parameters<typeof linesOf>[0]) => void told.push(...linesOf(written))];
    const answer = await recordActivity(records, {
      operations,
      logger,
      listings: listingsOf(operations),
      consumers,
    });
    expect(answer.batchItemFailures.length).toBeGreaterThan(5);
    expect(answer.batchItemFailures[0]).toEqual({ itemIdentifier: records[0]?.dynamodb.SequenceNumber });
    expect(told).toEqual([]);
  });

  it('counts everything once while the store fails now and then, as Lambda goes back to the first failure', async () => {
    let hour = 0;
    await fc.assert(
      fc.asyncProperty(fc.infiniteStream(fc.boolean()), async (fates) => {
        hour += 1;
        const later = records.map((each, index) => ({
          dynamodb: {
            ...each.dynamodb,
            ApproximateCreationDateTime: HOUR_SECONDS * hour + index * 10,
            SequenceNumber: String(BigInt(each.dynamodb.SequenceNumber) + BigInt(hour) * 1_000_000n),
          },
        }));
        const client = new Proxy(dynamoDb.operations.client, {
          get:
            (target) =>
            async (...[command]: Parameters<typeof target.send>) => {
              if (fates.next().value) {
                throw new Error('The table is away.');
              }
              return target.send(command);
            },
        });
        const operations = { ...dynamoDb.operations, client };
        const consumers = [countFigures(operations, () => undefined)];
        for (let from = 0; from < later.length; ) {
          const delivery = later.slice(from);
          const { batchItemFailures } = await recordActivity(delivery, {
            operations,
            logger,
            listings: listingsOf(operations),
            consumers,
          });
          const first = batchItemFailures[0]?.itemIdentifier;
          from = first ? later.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === first) : later.length;
        }
        const truth = figuresOf(later.flatMap((each) => activityOf(readStreamRecord(each))));
        const fromMs = HOUR_SECONDS * hour * 1_000;
        const { counts } = await sumFigures(dynamoDb.operations, fromMs, fromMs + HOUR_SECONDS * 1_000 - 1);
        expect(counts).toMatchObject(truth.counts);
        expect(Object.keys(truth.counts).length).toBeGreaterThan(1);
      }),
      { numRuns: 10 },
    );
  });

  it('writes what is beside a change that cannot be read, and says so in its place', async () => {
    const [first, ...others] = records;
    const Keys = { pk: { S: 'ACCOUNT#broken' }, sk: { S: 'STATE' } };
    const broken = {
      dynamodb: { ...first?.dynamodb, SequenceNumber: '3', Keys, NewImage: { ...Keys, lease: { N: '1' } } },
    };
    const told: string[] = [];
    const answer = await recordActivity([broken, ...others], {
      operations: dynamoDb.operations,
      logger,
      listings: listingsOf(dynamoDb.operations),
      consumers: [
        () => {
          throw new Error('A consumer that fails.');
        },
        (written) => void told.push(...linesOf(written)),
      ],
    });
    expect(answer).toEqual({ batchItemFailures: [] });
    expect(told[0]).toBe('ACCOUNT UNREADABLE');
    expect(told.length).toBeGreaterThan(5);
    expect((await log()).map(({ pk }) => pk)).toContain('ACTIVITY#ACCOUNT#broken');
  });

  it('refuses what is no record of a stream', async () => {
    await expect(record([{ dynamodb: {} }])).rejects.toThrow();
  });
});
