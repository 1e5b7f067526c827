import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alertLine, delivery } from '../alerts/support.ts';
import { AwsApi } from './aws-api.ts';
import { Commands, type StackOutputs } from './commands.ts';
import { DeployedApi } from './deployed-api.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { deleteLeftovers, takeLeftovers } from './leftovers.ts';
import { ACCOUNT, findMiniStack, type MiniStack, REGION } from './ministack.ts';
import { Runbook } from './runbook.ts';

const STAGE = 'production';
const STACK_NAME = 'onefill-production';
/** A zip file with nothing in it: its end record alone. */
const EMPTY_ARCHIVE = Buffer.from(`PK\u0005\u0006${'\0'.repeat(18)}`, 'latin1');

let miniStack: MiniStack;
let commands: Commands;
let aws: AwsApi;
let before: Inventory;
let outputs: StackOutputs;
let token: string;
const runbook = new Runbook();
let isOurs = false;

beforeAll(async () => {
  miniStack = await findMiniStack();
  commands = new Commands(miniStack);
  aws = new AwsApi(miniStack);
  before = await takeInventory(aws);
  expect(before.stacks, 'the stack is somebody else’s; this test would destroy it').not.toContain(STACK_NAME);
  isOurs = true;
  outputs = await commands.deploy(STAGE, STACK_NAME);
  const issued = await commands.createToken('viewer', outputs.LedgerTableName);
  expect(issued.exitCode, issued.output).toBe(0);
  token = issued.stdout.trim();
});

afterAll(async () => {
  if (isOurs) {
    const { stacks } = await takeInventory(aws);
    if (stacks?.includes(STACK_NAME)) {
      // A step failed.
      await liftTerminationProtection();
      await commands.destroy(STAGE);
    }
    await deleteLeftovers(aws, before, STAGE);
  }
  commands?.dispose();
});

describe('production', () => {
  it('is not destroyed by mistake', async () => {
    const { exitCode, output } = await commands.destroy(STAGE);
    expect(exitCode).not.toBe(0);
    expect(output).toContain('cannot be deleted while TerminationProtection is enabled');
    const { status } = await new DeployedApi(miniStack, outputs.ApiUrl).call('GET', '/api/v1/openapi.json');
    expect(status).toBe(200);
  });

  it('takes again what could not be told, as docs/operations.md says', async () => {
    const lines = [alertLine({ subject: 'of-the-runbook' }, Date.now())];
    const list = await commands.shell(
      'aws sqs list-queues --queue-name-prefix onefill-production-AlertingFailures --output text --query QueueUrls',
    );
    const url = list.trim();
    await aws.json('sqs', 'AmazonSQS.SendMessage', {
      QueueUrl: url,
      MessageBody: JSON.stringify({ version: '1.0', requestPayload: delivery(lines) }),
    });

    const said = await commands.shell(runbook.script('docs/operations.md', 'Queues of failures', { url }));

    expect(said).toContain('of-the-runbook');
    const api = new DeployedApi(miniStack, outputs.ApiUrl);
    const readAlerts = async () => (await api.call('GET', '/api/v1/monitoring/alerts', { token })).text;
    await expect.poll(readAlerts, { timeout: 20_000, interval: 200 }).toContain('of-the-runbook');
    const { Messages = [] } = await aws.json<{ Messages?: unknown[] }>('sqs', 'AmazonSQS.ReceiveMessage', {
      QueueUrl: url,
      VisibilityTimeout: 0,
    });
    expect(Messages).toEqual([]);
  });

  it('stops without the API, as docs/operations.md says', async () => {
    const mappings = await readMappings();
    const uuid = mappings[0]?.UUID ?? '';
    expect(mappings).toMatchObject([{ State: 'Enabled' }]);
    const said = await commands.shell(runbook.script('docs/operations.md', 'Without the API', { uuid }));
    expect(said).toContain(uuid);
    await expect.poll(readMappings).toMatchObject([{ State: 'Disabled' }]);
  });

  it('is put back to a version that was kept, as docs/deployment.md says', async () => {
    const said = runbook.awsScript('docs/deployment.md', 'Update');
    expect(said).toContain('--function-version 41');
    expect(await commands.shell(said.replace('--function-version 41', '--function-version 1'))).toMatch(
      /"FunctionVersion": "1"/,
    );
  });

  it('tells whom docs/alerts.md subscribes', async () => {
    const { AlertsTopicArn } = outputs;
    await commands.shell(runbook.awsScript('docs/alerts.md', 'Who is told', { AlertsTopicArn }));
    const subscriptions = await aws.form('sns', {
      Action: 'ListSubscriptionsByTopic',
      Version: '2010-03-31',
      TopicArn: AlertsTopicArn,
    });
    expect(subscriptions).toContain('<Endpoint>trader@example.com</Endpoint>');
  });

  it('keeps the credentials that docs/brokers.md stores', async () => {
    await commands.shell(runbook.script('docs/brokers.md', 'Store the credentials'), 'a key\nits secret\n');
    const { SecretString } = await aws.json<{ SecretString: string }>(
      'secretsmanager',
      'secretsmanager.GetSecretValue',
      { SecretId: 'onefill/production/brokers/alpaca-main' },
    );
    expect(JSON.parse(SecretString)).toEqual({ keyId: 'a key', secretKey: 'its secret' });
    await aws.json('secretsmanager', 'secretsmanager.DeleteSecret', {
      SecretId: 'onefill/production/brokers/alpaca-main',
      ForceDeleteWithoutRecovery: true,
    });
  });

  it('gets a layer as docs/brokers.md makes it', async () => {
    writeFileSync(join(commands.directory, 'ccxt-layer.zip'), EMPTY_ARCHIVE);
    const said = runbook.awsScript('docs/brokers.md', 'Binance, Coinbase and Kraken');
    const bucket = `cdk-hnb659fds-assets-${ACCOUNT}-${REGION}`;
    expect(await commands.shell(`BUCKET=${bucket}\n${said}`)).toMatch(/layer:onefill-ccxt:\d+/);
  });

  it('once its protection is lifted leaves the ledger, the queues and the logs', async () => {
    await commands.shell(runbook.awsScript('docs/deployment.md', 'Remove'));
    const { exitCode, output } = await commands.destroy(STAGE);
    expect(exitCode, output).toBe(0);
    expect(runbook.left(), 'commands of the documents that nothing runs').toEqual([]);

    const { tables, queues, logGroups, ...others } = await takeLeftovers(aws, before);
    expect(tables).toEqual([outputs.LedgerTableName, expect.stringContaining('OperationsTable')]);
    expect(queues).toEqual([
      expect.stringMatching(/AccountsDeadLetterQueue.*\.fifo$/),
      expect.stringMatching(/AccountsQueue.*\.fifo$/),
      expect.stringContaining('ActivityLogFailures'),
      expect.stringContaining('AlertingFailures'),
    ]);
    expect(logGroups?.length).toBeGreaterThan(0);
    expect(Object.values(others).flat()).toEqual([]);
    const { Count } = await aws.json<{ Count: number }>('dynamodb', 'DynamoDB_20120810.Scan', {
      TableName: outputs.LedgerTableName,
      FilterExpression: 'begins_with(pk, :token)',
      ExpressionAttributeValues: { ':token': { S: 'TOKEN#' } },
    });
    expect(Count, 'the token is still in the ledger').toBe(1);
  });
});

async function readMappings(): Promise<{ readonly UUID: string; readonly State: string }[]> {
  const all = await aws.get<{
    EventSourceMappings: { UUID: string; State: string; FunctionArn: string }[];
  }>('lambda', '/2015-03-31/event-source-mappings/');
  return all.EventSourceMappings.filter(({ FunctionArn }) => FunctionArn.includes(`${STACK_NAME}-strategy`));
}

function liftTerminationProtection(): Promise<string> {
  return aws.form('cloudformation', {
    Action: 'UpdateTerminationProtection',
    Version: '2010-05-15',
    StackName: STACK_NAME,
    EnableTerminationProtection: 'false',
  });
}
