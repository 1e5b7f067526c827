import type { AwsApi } from './aws-api.ts';
import { takeInventory } from './inventory.ts';

const FAILURE = /"level":"(ERROR|CRITICAL)"|not authorized to perform/;

/** The lines in the logs of a stack's functions that tell of an error, or of a policy that forbade something. */
export async function findFunctionFailures(aws: AwsApi, stackName: string): Promise<string[]> {
  const { logGroups = [] } = await takeInventory(aws);
  const ofStack = logGroups.filter((logGroupName) => logGroupName.includes(stackName));
  const messages = await Promise.all(ofStack.map((logGroupName) => readLog(aws, logGroupName)));
  return messages.flat().filter((message) => FAILURE.test(message));
}

async function readLog(aws: AwsApi, logGroupName: string): Promise<string[]> {
  const messages: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await aws.json<{ events: { message: string }[]; nextToken?: string }>(
      'logs',
      'Logs_20140328.FilterLogEvents',
      { logGroupName, ...(nextToken === undefined ? {} : { nextToken }) },
    );
    messages.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return messages;
}
