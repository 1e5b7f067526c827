import type { AwsApi } from './aws-api.ts';
import { type Inventory, takeInventory } from './inventory.ts';

/** What there is now and was not before, by kind. */
export async function takeLeftovers(aws: AwsApi, before: Inventory): Promise<Inventory> {
  const now = await takeInventory(aws);
  return Object.fromEntries(
    Object.entries(now).map(([kind, names]) => [kind, names.filter((name) => !before[kind]?.includes(name))]),
  );
}

/**
 * Deletes what the stack of a stage keeps when it is destroyed, and secrets, which are not the stack's. On AWS
 * production's table would first have to lose its deletion protection; MiniStack (1.5.33) does not read that from a
 * replica's properties, which is where TableV2 says it.
 */
export async function deleteLeftovers(aws: AwsApi, before: Inventory, stage: string): Promise<void> {
  const leftovers = await takeLeftovers(aws, before);
  // Others may have made things meanwhile.
  const ours = (kind: string) =>
    leftovers[kind]?.filter(
      (name) => name.includes(`onefill-${stage}`) || name.includes(`onefill/${stage}/`),
    ) ?? [];
  await Promise.all([
    ...ours('tables').map((TableName) =>
      aws.json('dynamodb', 'DynamoDB_20120810.DeleteTable', { TableName }),
    ),
    ...ours('queues').map((QueueUrl) => aws.form('sqs', { Action: 'DeleteQueue', QueueUrl })),
    ...ours('logGroups').map((logGroupName) =>
      aws.json('logs', 'Logs_20140328.DeleteLogGroup', { logGroupName }),
    ),
    ...ours('secrets').map((SecretId) =>
      aws.json('secretsmanager', 'secretsmanager.DeleteSecret', {
        SecretId,
        ForceDeleteWithoutRecovery: true,
      }),
    ),
  ]);
}
