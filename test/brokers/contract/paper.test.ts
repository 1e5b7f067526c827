import { afterAll, beforeAll } from 'vitest';
import { CLIENT_ORDER_ID_GUARANTEES } from '../../../functions/core/configuration.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';
import { makePaperVenue } from './paper-venue.ts';
import { runContract, runDecided } from './run-contract.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

runContract('paper', () => makePaperVenue(store.ledger));

for (const guarantee of CLIENT_ORDER_ID_GUARANTEES.filter((each) => each !== 'PERMANENT')) {
  runDecided(`paper, of the class ${guarantee}`, 'guarantee', () =>
    makePaperVenue(store.ledger, { guarantee }),
  );
}

for (const oco of ['kept', 'none'] as const) {
  runDecided(`paper, where pairs are ${oco}`, 'pairs', () => makePaperVenue(store.ledger, { oco }));
}
