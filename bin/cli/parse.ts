import { parseArgs } from 'node:util';
import type { Command, Options } from './command.ts';
import { UsageError } from './errors.ts';
import { nearest } from './nearest.ts';

/** What a command line asks for. */
export type Parsed =
  | { readonly kind: 'help'; readonly command?: Command }
  | {
      readonly kind: 'run';
      readonly command: Command;
      readonly values: Readonly<Record<string, string | boolean | readonly string[]>>;
      readonly words: readonly string[];
    };

const HELP = ['--help', '-h'];

/** Reads a command line. @throws UsageError with the nearest known name for one that is not known */
export function parse(argv: readonly string[], commands: readonly Command[]): Parsed {
  const asked = argv[0] === 'help' ? [...argv.slice(1), '--help'] : argv;
  const [first] = asked;
  if (first === undefined || HELP.includes(first)) {
    return { kind: 'help' };
  }
  if (first.startsWith('-')) {
    throw new UsageError(`Begin with a command, and put ${first} behind it. Try: onefill --help`);
  }
  const command = findCommand(asked, commands);
  const rest = asked.slice(command.name.split(' ').length);
  const { values, words } = readOptions(command, rest);
  return values.help === true ? { kind: 'help', command } : { kind: 'run', command, values, words };
}

function findCommand(argv: readonly string[], commands: readonly Command[]): Command {
  const [first = '', second = ''] = argv;
  const found =
    commands.find(({ name }) => name === `${first} ${second}`) ?? commands.find(({ name }) => name === first);
  if (found) {
    return found;
  }
  const group = commands.map(({ name }) => name.split(' ')).filter(([group]) => group === first);
  if (group.length > 0) {
    const known = group.map(([, verb = '']) => verb);
    const meant = nearest(second, known);
    throw new UsageError(
      `"onefill ${first}" goes on with ${known.join(', ')}.${meant ? ` Did you mean "${first} ${meant}"?` : ''}`,
    );
  }
  const names = commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? name]);
  throw new UsageError(`There is no command "${first}".${didYouMean(nearest(first, names))}`);
}

function readOptions({ name: commandName, options, words: usage = [] }: Command, args: readonly string[]) {
  const known: Options = { ...options, help: { type: 'boolean', short: 'h', summary: 'show this' } };
  const { tokens } = parseArgs({
    args: [...args],
    options: known,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const values: Record<string, string | boolean | readonly string[]> = {};
  const words: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') {
      words.push(token.value);
    } else if (token.kind === 'option') {
      const { name, rawName, value, inlineValue } = token;
      if (!Object.hasOwn(known, name)) {
        const near = nearest(name, Object.keys(known));
        throw new UsageError(
          `Unknown option '${rawName}'.${near ? ` Did you mean --${near}?` : ` Try: onefill ${commandName} --help`}`,
        );
      }
      values[name] = readValue(known, { name, rawName, value, isInline: inlineValue === true }, values[name]);
    }
  }
  if (values.help !== true) {
    checkWords(commandName, usage, words);
  }
  return { values, words };
}

interface GivenOption {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly isInline: boolean;
}

function readValue(
  known: Options,
  { name, rawName, value, isInline }: GivenOption,
  before: string | boolean | readonly string[] | undefined,
): string | boolean | readonly string[] {
  const option = known[name];
  if (option?.type === 'boolean') {
    if (value !== undefined) {
      throw new UsageError(`${rawName} stands alone; it takes no value.`);
    }
    return true;
  }
  // `--symbol --action buy` forgot the symbol; `--target-quantity -2` and `--file -` are meant.
  if (value === undefined || value === '' || (!isInline && /^-[^\d.]/.test(value))) {
    throw new UsageError(`${rawName} needs a value: ${rawName} ${option?.value ?? '<value>'}.`);
  }
  if (option?.multiple) {
    return [...(Array.isArray(before) ? (before as readonly string[]) : []), value];
  }
  if (before !== undefined) {
    throw new UsageError(`${rawName} is given twice; it can be given once.`);
  }
  return value;
}

function checkWords(commandName: string, usage: readonly string[], words: readonly string[]): void {
  const missing = usage.filter((word) => word.startsWith('<'))[words.length];
  if (missing !== undefined) {
    throw new UsageError(`${missing} is missing: onefill ${commandName} ${usage.join(' ')}`);
  }
  const isOpen = usage.some((word) => word.includes('...'));
  const extra = isOpen ? undefined : words[usage.length];
  if (extra !== undefined) {
    throw new UsageError(
      `"${extra}" is one word too many: onefill ${[commandName, ...usage].join(' ')} [options]`,
    );
  }
}

function didYouMean(near: string | undefined): string {
  return near === undefined ? ' Try: onefill --help' : ` Did you mean "${near}"?`;
}
