import { RemovalPolicy } from 'aws-cdk-lib';
import { AttributeType, Billing, TableEncryptionV2, TableV2 } from 'aws-cdk-lib/aws-dynamodb';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/**
 * The front door's memory, as Powertools keeps it: one record per webhook call, its key in `id`, forgotten some
 * time after `expiration`. Nothing in it outlives minutes, so nothing of it is kept or recovered.
 */
export class IdempotencyTable extends Construct {
  readonly tableName: string;
  readonly #table: TableV2;

  constructor(scope: Construct, id: string) {
    super(scope, id);
    this.#table = new TableV2(this, 'Table', {
      partitionKey: { name: 'id', type: AttributeType.STRING },
      billing: Billing.onDemand(),
      encryption: TableEncryptionV2.awsManagedKey(),
      timeToLiveAttribute: 'expiration',
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.tableName = this.#table.tableName;
  }

  /** The table, for what CloudWatch knows of it. */
  get table(): TableV2 {
    return this.#table;
  }

  /** Lets a function see whether the table answers. */
  allowLook(grantee: OnefillFunction): void {
    grantee.allow(['dynamodb:GetItem'], [this.#table.tableArn]);
  }

  /** Lets a function claim, complete, read and give up records. */
  allowClaims(grantee: OnefillFunction): void {
    grantee.allow(
      ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem', 'dynamodb:DeleteItem'],
      [this.#table.tableArn],
    );
  }
}
