import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { bytesOf, type Item, readUnits, writeUnits } from './model/units.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const keyOf = (sk: string) => ({ pk: 'UNITS', sk });
const item = (sk: string, textBytes: number): Item => ({
  ...keyOf(sk),
  text: 'x'.repeat(textBytes),
  map: { list: ['one', 2, true, null], deep: { number: -12.5, set: new Set(['a', 'b']) } },
});

/** Sizes around the edge of a unit, to the byte. */
const atEdge = (unitBytes: number) => [-1, 0, 1].map((change) => unitBytes - bytesOf(item('x', 0)) + change);

describe('the units that a call is charged for', () => {
  it.each([0, ...atEdge(1_024), ...atEdge(2_048), ...atEdge(4_096)])(
    'are those of an engine, for an item with %i bytes of text',
    async (textBytes) => {
      const { client, tableName: TableName } = store.ledger;
      const whole = item('x', textBytes);
      const put = await client.send(
        new PutCommand({ TableName, Item: whole, ReturnConsumedCapacity: 'TOTAL' }),
      );
      // The first Put finds nothing, or what the case before left: written over once more, both are the same.
      const again = await client.send(
        new PutCommand({ TableName, Item: whole, ReturnConsumedCapacity: 'TOTAL' }),
      );
      expect(put.ConsumedCapacity?.CapacityUnits).toBeGreaterThan(0);
      expect(again.ConsumedCapacity?.CapacityUnits).toBe(writeUnits(whole, whole));

      const update = await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf('x'),
          UpdateExpression: 'SET more = :more',
          ExpressionAttributeValues: { ':more': 'more' },
          ReturnConsumedCapacity: 'TOTAL',
        }),
      );
      const larger = { ...whole, more: 'more' };
      expect(update.ConsumedCapacity?.CapacityUnits).toBe(writeUnits(whole, larger));

      for (const ConsistentRead of [true, false]) {
        const get = await client.send(
          new GetCommand({ TableName, Key: keyOf('x'), ConsistentRead, ReturnConsumedCapacity: 'TOTAL' }),
        );
        expect(get.ConsumedCapacity?.CapacityUnits).toBe(readUnits(bytesOf(larger), ConsistentRead));
      }
    },
  );

  it('are at least one for an item that is not there', async () => {
    const { client, tableName: TableName } = store.ledger;
    const get = await client.send(
      new GetCommand({
        TableName,
        Key: keyOf('absent'),
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    expect(get.ConsumedCapacity?.CapacityUnits).toBe(readUnits(bytesOf(undefined), true));
  });

  it('of a query are those of all its items together', async () => {
    const { client, tableName: TableName } = store.ledger;
    const items = [item('q1', 1_500), item('q2', 1_500), item('q3', 1_500)];
    for (const Item of items) {
      await client.send(new PutCommand({ TableName, Item }));
    }
    const query = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :q)',
        ExpressionAttributeValues: { ':pk': 'UNITS', ':q': 'q' },
        ConsistentRead: true,
        ReturnConsumedCapacity: 'TOTAL',
      }),
    );
    const bytes = items.reduce((total, each) => total + bytesOf(each), 0);
    expect(query.ConsumedCapacity?.CapacityUnits).toBe(readUnits(bytes, true));
  });
});
