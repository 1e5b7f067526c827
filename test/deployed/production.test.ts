import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AwsApi } from './aws-api.ts';
import { Commands, type StackOutputs } from './commands.ts';
import { DeployedApi } from './deployed-api.ts';
import { type Inventory, takeInventory } from './inventory.ts';
import { deleteLeftovers, takeLeftovers } from './leftovers.ts';
import { findMiniStack, type MiniStack } from './ministack.ts';

const STAGE = 'production';
const STACK_NAME = 'onefill-production';

let miniStack: MiniStack;
let commands: Commands;
let aws: AwsApi;
let before: Inventory;
let outputs: StackOutputs;
let isOurs = false;

beforeAll(async () => {
  miniStack = await findMiniStack();
  commands = new Commands(miniStack);
  aws = new AwsApi(miniStack);
  before = await takeInventory(aws);
  expect(before.stacks, 'the stack is somebody else’s; this test would destroy it').not.toContain(STACK_NAME);
  isOurs = true;
  outputs = await commands.deploy(STAGE, STACK_NAME);
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

  it('once its protection is lifted leaves the ledger, the queues and the logs', async () => {
    const { exitCode: issued } = await commands.createToken('viewer', outputs.LedgerTableName);
    expect(issued).toBe(0);
    await liftTerminationProtection();
    const { exitCode, output } = await commands.destroy(STAGE);
    expect(exitCode, output).toBe(0);

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

function liftTerminationProtection(): Promise<string> {
  return aws.form('cloudformation', {
    Action: 'UpdateTerminationProtection',
    Version: '2010-05-15',
    StackName: STACK_NAME,
    EnableTerminationProtection: 'false',
  });
}
