import { expect, it } from 'vitest';
import { parse } from '../../bin/cli/parse.ts';
import { COMMANDS } from '../../bin/commands/commands.ts';
import { shellWords } from '../support/curl.ts';
import { readDocument } from './documents.ts';

/** The pages whose commands people copy; docs/cli.md has those that help shows. */
const PAGES = [
  'README.md',
  'docs/alerts.md',
  'docs/api.md',
  'docs/operations.md',
  'docs/security.md',
  'docs/deployment.md',
];

/** The `onefill` commands of a page, without what the shell does with their output, and with something for every `<…>`. */
function commandsIn(page: string): string[] {
  const found = readDocument(page).text.matchAll(/npx onefill ([^`\n|)]*)/g);
  return Array.from(found, ([, command = '']) =>
    command.replaceAll(/<[^>]*>/g, 'some').replace(/ > .*$/, ''),
  );
}

it.each(PAGES)('%s names commands that there are', (page) => {
  const commands = commandsIn(page);
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    expect(parse(shellWords(command), COMMANDS), command).toMatchObject({ kind: 'run' });
  }
});
