import type { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, StreamViewType, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** The attribute by which DynamoDB forgets items, in epoch seconds. Correctness never depends on it. */
const LEDGER_EXPIRY_ATTRIBUTE = 'expiresAtSeconds';

/** What a function can be allowed to do with the ledger's items. Transactions are allowed by their parts. */
export type LedgerAction = 'BatchGetItem' | 'DeleteItem' | 'GetItem' | 'PutItem' | 'Query' | 'UpdateItem';

/** Properties of a {@link LedgerTable}. */
export interface LedgerTableProps {
  /**
   * Whether the table cannot be deleted before someone lifts this by hand.
   *
   * @default true
   */
  readonly deletionProtection?: boolean;
  /** What becomes of the table when it leaves the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** The one table of record: signals, executions, orders, accounts, circuits and what operators configure. */
export class LedgerTable extends Construct {
  readonly tableName: string;
  /** Of the stream of its changes. */
  readonly streamArn: string;
  readonly #table: TableV2;

  constructor(scope: Construct, id: string, props: LedgerTableProps) {
    super(scope, id);
    this.#table = new TableV2(this, 'Table', {
      partitionKey: { name: 'pk', type: AttributeType.STRING },
      sortKey: { name: 'sk', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: LEDGER_EXPIRY_ATTRIBUTE,
      deletionProtection: props.deletionProtection ?? true,
      removalPolicy: props.removalPolicy,
    });
    this.tableName = this.#table.tableName;
    this.streamArn = streamOf(this.#table);
  }

  /** The table, for what CloudWatch knows of it. */
  get table(): TableV2 {
    return this.#table;
  }

  /** Lets a function do these actions with the ledger's items. */
  allow(grantee: OnefillFunction, actions: readonly LedgerAction[]): void {
    grantee.allow(
      actions.map((action) => `dynamodb:${action}`),
      [this.#table.tableArn],
    );
  }

  /** Lets a function read the stream of the ledger's changes. */
  allowStream(grantee: OnefillFunction): void {
    grantee.allow(
      ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
      [this.streamArn],
    );
  }
}

function streamOf(table: TableV2): string {
  if (table.tableStreamArn === undefined) {
    throw new Error('The ledger has no stream.');
  }
  return table.tableStreamArn;
}
