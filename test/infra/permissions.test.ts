import { describe, expect, it } from 'vitest';
import { ENVIRONMENT_CONTRACT, type FunctionName } from '../../functions/shared/environment.ts';
import { bundleOf } from '../../lib/constructs/bundle.ts';
import { render, resourceOf, resourcesOf } from './synthesized.ts';

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource: unknown;
}

const SECRETS = 'arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret';

/** All that each function may do, action by resource. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  Ingest: {
    '<IngestLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:Query', 'dynamodb:UpdateItem'],
    '<IdempotencyTable.Arn>': [
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:UpdateItem',
    ],
    '<AccountsQueue.Arn>': ['sqs:SendMessage'],
    [`${SECRETS}:onefill/production/webhooks/*`]: ['secretsmanager:GetSecretValue'],
  },
  Strategy: {
    '<StrategyLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': [
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    '<AccountsQueue.Arn>': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ],
    [`${SECRETS}:onefill/production/brokers/*`]: ['secretsmanager:GetSecretValue'],
  },
  Reconcile: {
    '<ReconcileLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': [
      'dynamodb:BatchGetItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    '<AccountsQueue.Arn>': ['sqs:SendMessage'],
    '<AccountsDeadLetterQueue.Arn>': ['sqs:GetQueueAttributes'],
    [`${SECRETS}:onefill/production/brokers/*`]: ['secretsmanager:GetSecretValue'],
  },
  Admin: {
    '<AdminLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': [
      'dynamodb:BatchGetItem',
      'dynamodb:DeleteItem',
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    '<OperationsTable.Arn>': [
      'dynamodb:GetItem',
      'dynamodb:PutItem',
      'dynamodb:Query',
      'dynamodb:UpdateItem',
    ],
    '<IdempotencyTable.Arn>': ['dynamodb:GetItem'],
    '<AccountsQueue.Arn>': ['sqs:GetQueueAttributes', 'sqs:SendMessage'],
    '<AccountsDeadLetterQueue.Arn>': [
      'sqs:ChangeMessageVisibility',
      'sqs:DeleteMessage',
      'sqs:GetQueueAttributes',
      'sqs:ReceiveMessage',
    ],
    '<ActivityLogFailures.Arn>': ['sqs:GetQueueAttributes'],
    '<AlertingFailures.Arn>': ['sqs:GetQueueAttributes'],
    [`${SECRETS}:onefill/production/webhooks/*`]: [
      'secretsmanager:CreateSecret',
      'secretsmanager:DeleteSecret',
      'secretsmanager:PutSecretValue',
    ],
    [`${SECRETS}:onefill/production/brokers/*`]: ['secretsmanager:GetSecretValue'],
  },
  Canary: {
    '<CanaryLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': ['dynamodb:GetItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  },
  Authorizer: {
    '<AuthorizerLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<LedgerTable.Arn>': ['dynamodb:GetItem'],
  },
  Activity: {
    '<ActivityLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<OperationsTable.Arn>': ['dynamodb:BatchWriteItem', 'dynamodb:UpdateItem'],
    '<LedgerTable.StreamArn>': [
      'dynamodb:DescribeStream',
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
      'dynamodb:ListStreams',
    ],
    '<ActivityLogFailures.Arn>': ['sqs:SendMessage'],
  },
  Alerts: {
    '<AlertsLogGroup.Arn>': ['logs:CreateLogStream', 'logs:PutLogEvents'],
    '<OperationsTable.Arn>': ['dynamodb:GetItem', 'dynamodb:PutItem'],
    '<AlertsTopic>': ['sns:Publish'],
    '<AlertsTopicKey.Arn>': ['kms:Decrypt', 'kms:GenerateDataKey'],
    '<AlertingFailures.Arn>': ['sqs:SendMessage'],
  },
};

/** Operations that IAM knows by another action. A transaction's writes are allowed by their parts, one by one. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  'dynamodb:TransactGetItems': ['dynamodb:GetItem'],
  'dynamodb:TransactWriteItems': [],
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
};

/** Operations that the SDK brings along and does not call: its paginators', and an option's that is off. */
const NEVER_CALLED = ['dynamodb:Scan', 'dynamodb:DescribeEndpoints'];
const NEVER_CALLED_BY: Readonly<Partial<Record<FunctionName, readonly string[]>>> = {
  authorizer: ['dynamodb:Query'],
  canary: ['dynamodb:Query', 'dynamodb:DeleteItem'],
  activity: ['dynamodb:Query'],
  alerts: ['dynamodb:Query', 'dynamodb:UpdateItem'],
};

describe('permissions', () => {
  it.each(Object.keys(PERMISSIONS))('let %s do what is listed here and nothing else', (id) => {
    expect(permissionsOf(id)).toEqual(PERMISSIONS[id]);
  });

  it.each(Object.keys(ENVIRONMENT_CONTRACT) as FunctionName[])(
    'let %s call each operation that is in its bundle',
    (name) => {
      const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
      const allowed = [...Object.values(permissionsOf(id)).flat(), ...(NEVER_CALLED_BY[name] ?? [])];
      expect(actionsIn(bundleOf(name).files).filter((action) => !allowed.includes(action))).toEqual([]);
    },
  );

  it('come from one policy per function and no managed policy', () => {
    const roles = resourcesOf('production', 'AWS::IAM::Role');
    expect(Object.keys(roles).sort()).toEqual([
      'ActivityRole',
      'AdminRole',
      'AlertsRole',
      'AuthorizerRole',
      'CanaryRole',
      'DeploymentRole',
      'IngestRole',
      'ReconcileRole',
      'StrategyRole',
    ]);
    const { DeploymentRole, ...functionRoles } = roles;
    expect(Object.keys(DeploymentRole?.Properties ?? {})).not.toContain('ManagedPolicyArns');
    for (const role of Object.values(functionRoles)) {
      expect(Object.keys(role.Properties).sort()).toEqual(['AssumeRolePolicyDocument', 'Tags']);
    }
    expect(Object.keys(resourcesOf('production', 'AWS::IAM::Policy'))).toHaveLength(8);
  });

  it('let CodeDeploy shift the traffic of the two aliases, and look at alarms', () => {
    const { Properties } = resourceOf('production', 'AWS::IAM::Role', 'DeploymentRole');
    const [policy, ...others] = Properties.Policies as {
      readonly PolicyDocument: { readonly Statement: readonly Statement[] };
    }[];
    expect(others).toEqual([]);
    expect(
      policy?.PolicyDocument.Statement.map(({ Action, Resource }) => [Action, [Resource].flat().map(render)]),
    ).toEqual([
      [
        ['lambda:GetAlias', 'lambda:GetProvisionedConcurrencyConfig', 'lambda:UpdateAlias'],
        ['<IngestFunction.Arn>:live', '<StrategyFunction.Arn>:live'],
      ],
      ['cloudwatch:DescribeAlarms', ['*']],
    ]);
  });

  it('let only this API, its schedule and these logs invoke a function, each route, log and the authorizer by itself', () => {
    const api = 'arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<HttpApi>';
    const invokers = Object.values(resourcesOf('production', 'AWS::Lambda::Permission')).map(
      ({ Properties }) =>
        `${render(Properties.FunctionName)} ${Properties.Principal} ${render(Properties.SourceArn).replace(api, '')}`,
    );
    expect(invokers.sort()).toEqual([
      '<AdminFunction.Arn> apigateway.amazonaws.com /*/*/api/v1/openapi.json',
      '<AdminFunction.Arn> apigateway.amazonaws.com /*/*/api/v1/{proxy+}',
      '<AlertsFunction.Arn> logs.amazonaws.com <ActivityLogGroup.Arn>',
      '<AlertsFunction.Arn> logs.amazonaws.com <AdminLogGroup.Arn>',
      '<AlertsFunction.Arn> logs.amazonaws.com <IngestLogGroup.Arn>',
      '<AlertsFunction.Arn> logs.amazonaws.com <ReconcileLogGroup.Arn>',
      '<AlertsFunction.Arn> logs.amazonaws.com <StrategyLogGroup.Arn>',
      '<AuthorizerFunction.Arn> apigateway.amazonaws.com /authorizers/<HttpApiAuthorizer>',
      '<CanaryFunction.Arn> events.amazonaws.com <CanaryRunsScheduleRule.Arn>',
      // The default route's ARN is <api>/<stage>/$default: one part shorter than those of the other routes.
      '<IngestAlias> apigateway.amazonaws.com /*/*',
      '<IngestAlias> apigateway.amazonaws.com /*/*/health',
      '<IngestAlias> apigateway.amazonaws.com /*/*/webhooks/{webhookId}',
      '<ReconcileFunction.Arn> events.amazonaws.com <ReconcileScheduleRule.Arn>',
    ]);
  });
});

/** The actions of the AWS operations whose code is among these files. */
function actionsIn(files: readonly string[]): readonly string[] {
  return files.flatMap((file) => {
    const match = /@aws-sdk\/client-([\w-]+)\/dist-es\/commands\/(\w+)Command\.js$/.exec(file);
    const operation = match === null ? '' : `${match[1]?.replaceAll('-', '')}:${match[2]}`;
    return match === null || NEVER_CALLED.includes(operation) ? [] : (ACTIONS[operation] ?? [operation]);
  });
}

/** What the role of a function allows, sorted, by resource. */
function permissionsOf(id: string): Record<string, string[]> {
  const { PolicyDocument } = resourceOf('production', 'AWS::IAM::Policy', `${id}RoleDefaultPolicy`)
    .Properties as {
    PolicyDocument: { Statement: readonly Statement[] };
  };
  const allowed: Record<string, string[]> = {};
  for (const { Effect, Action, Resource } of PolicyDocument.Statement) {
    expect(Effect).toBe('Allow');
    for (const resource of [Resource].flat()) {
      const key = render(resource);
      allowed[key] = [...(allowed[key] ?? []), ...[Action].flat()].sort();
    }
  }
  return allowed;
}
