import { expect, it } from 'vitest';
import { parse } from '../../bin/cli/parse.ts';
import { COMMANDS } from '../../bin/commands/commands.ts';
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

function argvOf(command: string): string[] {
  const words = command.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g);
  return Array.from(words, ([, double, single, bare]) => double ?? single ?? bare ?? '');
}

it.each(PAGES)('%s names commands that there are', (page) => {
  const commands = commandsIn(page);
  expect(commands).not.toEqual([]);
  for (const command of commands) {
    expect(parse(argvOf(command), COMMANDS), command).toMatchObject({ kind: 'run' });
  }
});
