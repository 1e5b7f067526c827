import { parseArgs } from 'node:util';

/** The request that a `curl` command makes. */
export interface CurlRequest {
  readonly method: string;
  /** As it is written, variables and all. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The commands of a page's shell blocks, one a line: without remarks, and without the functions that a page defines. */
export function shellCommands(page: string): string[] {
  const blocks = Array.from(page.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = '']) => block);
  return blocks.flatMap((block) =>
    block
      .replaceAll(/\\\n\s*/g, ' ')
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.startsWith('#') && !/^\w+\(\)/.test(line)),
  );
}

/** A command's words, quotes taken off, and variables in place of which there is a value. */
export function shellWords(command: string, variables: Readonly<Record<string, string>> = {}): string[] {
  const expanded = (text: string) => text.replaceAll(/\$(\w+)/g, (whole, name) => variables[name] ?? whole);
  const words = command.matchAll(/(?:"([^"]*)"|'([^']*)'|([^\s"']+))/g);
  return Array.from(words, ([, double, single, bare]) => single ?? expanded(double ?? bare ?? ''));
}

const OPTIONS = {
  request: { type: 'string', short: 'X' },
  header: { type: 'string', short: 'H', multiple: true },
  data: { type: 'string', short: 'd' },
  silent: { type: 'boolean', short: 's' },
  'show-error': { type: 'boolean', short: 'S' },
  include: { type: 'boolean', short: 'i' },
} as const;

/**
 * Reads a `curl` command.
 *
 * @throws TypeError naming an option that is not among those which the documents use
 */
export function readCurl(command: string, variables: Readonly<Record<string, string>> = {}): CurlRequest {
  const [, ...args] = shellWords(command, variables);
  const { values, positionals } = parseArgs({ args, options: OPTIONS, allowPositionals: true });
  const { header = [], data: body } = values;
  return {
    method: values.request ?? (body === undefined ? 'GET' : 'POST'),
    url: positionals[0] ?? '',
    headers: Object.fromEntries(header.map((each) => each.split(/:\s*(.*)/))),
    ...(body === undefined ? {} : { body }),
  };
}
