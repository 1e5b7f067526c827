import type { Session } from './session.ts';

/** One option of a command. */
export interface OptionSpecification {
  readonly type: 'boolean' | 'string';
  readonly short?: string;
  /** Whether it may be given several times. */
  readonly multiple?: true;
  /** What stands behind it, as help shows it: `<webhook>`. */
  readonly value?: string;
  readonly summary: string;
}

export type Options = Readonly<Record<string, OptionSpecification>>;

type ValueOf<Option extends OptionSpecification> = Option['type'] extends 'boolean'
  ? boolean
  : Option extends { readonly multiple: true }
    ? readonly string[]
    : 'boolean' extends Option['type']
      ? string | boolean | readonly string[]
      : string;

/** What was given for the options; absent when nothing was. */
export type Values<Given extends Options> = {
  readonly [Name in keyof Given]?: ValueOf<Given[Name]>;
};

/** What a command runs with. */
export interface Invocation<Given extends Options = Options> {
  readonly values: Values<Given>;
  /** What stands behind the command and is no option, as many as its usage allows. */
  readonly words: readonly string[];
  readonly session: Session;
}

/** A line that does something, and what that is. */
export interface Example {
  readonly line: string;
  readonly does: string;
}

/** One command: all that parsing, help and docs/cli.md know of it. */
export interface Command<Given extends Options = Options> {
  /** One or two words, such as `token create`. */
  readonly name: string;
  /** What it does, in a few words that begin with a verb. */
  readonly summary: string;
  /** The words behind it: `<id>` is needed, `[id]` may be left out, `[id...]` may be several. */
  readonly words?: readonly string[];
  readonly options: Given;
  /** What one has to know beyond the options. */
  readonly details?: string;
  readonly examples: readonly Example[];
  /** @returns the exit code */
  run(invocation: Invocation<Given>): Promise<number>;
}

/** Declares a command, so that `run` gets its options by name and type. */
export function command<const Given extends Options>(definition: Command<Given>): Command {
  return definition as unknown as Command;
}
