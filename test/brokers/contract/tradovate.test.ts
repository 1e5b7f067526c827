import { afterAll, beforeAll } from 'vitest';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';
import { runContract } from './run-contract.ts';
import { makeTradovateVenue } from './tradovate-venue.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

runContract('tradovate', () => makeTradovateVenue(store.ledger));
