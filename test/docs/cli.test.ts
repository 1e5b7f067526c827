import { expect, it } from 'vitest';
import { helpOf } from '../../bin/cli/help.ts';
import { COMMANDS } from '../../bin/commands/commands.ts';
import { readDocument } from './documents.ts';

const HEADING = '## Commands\n';

/** What help says of every command, so that the page cannot differ from it. */
const REFERENCE = COMMANDS.map(
  (command) => `### onefill ${command.name}\n\n\`\`\`text\n${helpOf(command)}\`\`\`\n`,
).join('\n');

it('docs/cli.md has every command as its help shows it; vitest run test/docs/cli.test.ts -u writes it anew', async () => {
  const { text } = readDocument('docs/cli.md');
  const introduction = text.slice(0, text.indexOf(HEADING) + HEADING.length);
  expect(introduction).toContain(HEADING);
  await expect(`${introduction}\n${REFERENCE}`).toMatchFileSnapshot('../../docs/cli.md');
});
