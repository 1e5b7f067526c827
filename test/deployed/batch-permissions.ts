import type { AwsApi } from './aws-api.ts';
import { textsOf } from './inventory.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
}

const IAM_VERSION = '2010-05-08';
/** SQS knows one permission for a call and its batch, and it is named after the call. */
const SQS_ACTION = /^sqs:(SendMessage|DeleteMessage|ChangeMessageVisibility)$/;

/**
 * Evens out the one thing in which MiniStack's policies are not AWS's. It takes the name of the call for the name of
 * the permission (1.5.33, core/iam_actions.py), and so asks for `sqs:SendMessageBatch` and
 * `sqs:ChangeMessageVisibilityBatch`, which AWS does not have: there `sqs:SendMessage` allows SendMessageBatch. Each
 * role is therefore allowed the batches of what it is allowed already, on the same queues, and nothing else.
 */
export async function allowBatches(aws: AwsApi, roles: readonly string[]): Promise<void> {
  await Promise.all(
    roles.map(async (RoleName) => {
      const statements = await allowedActions(aws, RoleName);
      const batches = statements.flatMap(({ Effect, Action, Resource }) => {
        const actions = [Action].flat().filter((action) => SQS_ACTION.test(action));
        return actions.length === 0
          ? []
          : [{ Effect, Action: actions.map((action) => `${action}Batch`), Resource }];
      });
      if (batches.length > 0) {
        await aws.form('iam', {
          Action: 'PutRolePolicy',
          Version: IAM_VERSION,
          RoleName,
          PolicyName: 'batches',
          PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: batches }),
        });
      }
    }),
  );
}

async function allowedActions(aws: AwsApi, RoleName: string): Promise<Statement[]> {
  const parameters = { Version: IAM_VERSION, RoleName };
  const names = textsOf('member', await aws.form('iam', { Action: 'ListRolePolicies', ...parameters }));
  const policies = names.map(async (PolicyName): Promise<Statement[]> => {
    const xml = await aws.form('iam', { Action: 'GetRolePolicy', PolicyName, ...parameters });
    const [document = '{}'] = textsOf('PolicyDocument', xml);
    return JSON.parse(decodeURIComponent(document)).Statement;
  });
  return (await Promise.all(policies)).flat();
}
