import type { AwsApi } from './aws-api.ts';

/** What there is in the account, by kind; each name once, sorted. */
export type Inventory = Readonly<Record<string, readonly string[]>>;

/**
 * Lists everything of the kinds that Onefill's stack, or Onefill itself, makes. Only first pages: an emulator with
 * hundreds of anything is not one to test in.
 */
export async function takeInventory(aws: AwsApi): Promise<Inventory> {
  const [
    stacks,
    roles,
    alarms,
    topics,
    tables,
    queues,
    secrets,
    logGroups,
    rules,
    functions,
    mappings,
    apis,
  ] = await Promise.all([
    aws.form('cloudformation', { Action: 'DescribeStacks', Version: '2010-05-15' }),
    aws.form('iam', { Action: 'ListRoles', Version: '2010-05-08' }),
    aws.form('monitoring', { Action: 'DescribeAlarms', Version: '2010-08-01' }),
    aws.form('sns', { Action: 'ListTopics', Version: '2010-03-31' }),
    aws.json<{ TableNames: string[] }>('dynamodb', 'DynamoDB_20120810.ListTables', {}),
    aws.json<{ QueueUrls?: string[] }>('sqs', 'AmazonSQS.ListQueues', {}),
    aws.json<{ SecretList: { Name: string }[] }>('secretsmanager', 'secretsmanager.ListSecrets', {
      IncludePlannedDeletion: true,
    }),
    aws.json<{ logGroups: { logGroupName: string }[] }>('logs', 'Logs_20140328.DescribeLogGroups', {}),
    aws.json<{ Rules: { Name: string }[] }>('events', 'AWSEvents.ListRules', {}),
    aws.get<{ Functions: { FunctionName: string }[] }>('lambda', '/2015-03-31/functions/'),
    aws.get<{ EventSourceMappings: { UUID: string }[] }>('lambda', '/2015-03-31/event-source-mappings/'),
    aws.get<{ items: { apiId: string }[] }>('apigateway', '/v2/apis'),
  ]);
  return {
    stacks: textsOf('StackName', stacks),
    roles: textsOf('RoleName', roles),
    alarms: textsOf('AlarmName', alarms),
    topics: textsOf('TopicArn', topics),
    tables: tables.TableNames.toSorted(),
    queues: (queues.QueueUrls ?? []).toSorted(),
    secrets: secrets.SecretList.map(({ Name }) => Name).toSorted(),
    logGroups: logGroups.logGroups.map(({ logGroupName }) => logGroupName).toSorted(),
    rules: rules.Rules.map(({ Name }) => Name).toSorted(),
    functions: functions.Functions.map(({ FunctionName }) => FunctionName).toSorted(),
    eventSourceMappings: mappings.EventSourceMappings.map(({ UUID }) => UUID).toSorted(),
    apis: apis.items.map(({ apiId }) => apiId).toSorted(),
  };
}

/** The texts of the elements of a name in XML that has no markup in them. */
export function textsOf(element: string, xml: string): string[] {
  const found = xml.matchAll(new RegExp(`<${element}>([^<]*)</${element}>`, 'g'));
  return [...new Set(Array.from(found, ([, text]) => text ?? ''))].sort();
}
