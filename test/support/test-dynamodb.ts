import type { Operations } from '../../functions/ledger/operations-table.ts';
import type { Ledger } from '../../functions/ledger/table.ts';

/** A DynamoDB of a test's own, with the tables of the stack. */
export interface TestDynamoDb {
  readonly endpoint: string;
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly idempotencyTableName: string;
  /** Ends the engine, by its process id, or deletes the tables in somebody else's. */
  stop(): Promise<void>;
}
