import { Commands } from './commands.ts';
import { findMiniStack } from './ministack.ts';

/**
 * Prepares the account for the CDK, once for all the tests, as docs/deployment.md does.
 *
 * @throws Error saying how to start a MiniStack when none answers
 */
export async function setup(): Promise<void> {
  const commands = new Commands(await findMiniStack());
  const { exitCode, output } = await commands.bootstrap();
  commands.dispose();
  if (exitCode !== 0) {
    throw new Error(`cdk bootstrap ended with ${exitCode}:\n${output}`);
  }
}
