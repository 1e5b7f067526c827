import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** What a function can be allowed to do with what operators look at. */
export type OperationsAction =
  | 'BatchGetItem'
  | 'BatchWriteItem'
  | 'GetItem'
  | 'PutItem'
  | 'Query'
  | 'UpdateItem';

/** Properties of an {@link OperationsTable}. */
export interface OperationsTableProps {
  /** Whether the table cannot be deleted before someone lifts this by hand. */
  readonly deletionProtection: boolean;
  /** What becomes of the table when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/**
 * What operators look at: the activity log, alerts and figures. It is a table of its own, so that nothing that is
 * written about trading can slow trading down, and so that its items do not come by the ledger's stream again.
 */
export class OperationsTable extends Construct {
  readonly tableName: string;
  readonly #table: TableV2;

  constructor(scope: Construct, id: string, props: OperationsTableProps) {
    super(scope, id);
    this.#table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expiresAtSeconds',
      deletionProtection: props.deletionProtection,
      removalPolicy: props.removalPolicy,
    });
    this.tableName = this.#table.tableName;
  }

  /** The table, for what CloudWatch knows of it. */
  get table(): TableV2 {
    return this.#table;
  }

  /** Lets a function do these actions with what operators look at. */
  allow(grantee: OnefillFunction, actions: readonly OperationsAction[]): void {
    grantee.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.#table.tableArn],
    );
  }
}
