import { afterAll, beforeAll } from 'vitest';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../../functions/core/configuration.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';
import { makePaperVenue } from './paper-venue.ts';
import { runContract, runGuarantee } from './run-contract.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

runContract('paper', () => makePaperVenue(store.ledger, 'PERMANENT'));

for (const guarantee of CLIENT_ORDER_ID_GUARANTEES.filter((each) => each !== 'PERMANENT')) {
  runGuarantee(`paper, of the class ${guarantee}`, () => makePaperVenue(store.ledger, guarantee));
}
