import { createInterface } from 'node:readline/promises';
import { text } from 'node:stream/consumers';
import { styleText } from 'node:util';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Style = Parameters<typeof styleText>[0];

/** What surrounds a command: the person or script that runs it. */
export interface Session {
  readonly environment: Environment;
  /** A line of the result, to standard output. */
  print(line: string): void;
  /** A line beside the result, to standard error. */
  note(line: string): void;
  /** Replaces the last line that was drawn, where {@link isInteractive}. */
  draw(line: string): void;
  /** Colours a text where colours are shown. */
  paint(style: Style, text: string): string;
  /** Whether somebody sits there, who can be asked and sees a line change. */
  readonly isInteractive: boolean;
  /** Asks; only where {@link isInteractive}. @returns the answer */
  ask(question: string): Promise<string>;
  /** All of standard input. */
  readInput(): Promise<string>;
  /** From the first call on, Ctrl-C aborts this instead of ending the process. */
  stopping(): AbortSignal;
}

const CLEAR_LINE = '\r\u{1b}[2K';

/** The session of this process. */
export function processSession(): Session {
  const { env: environment, stdin, stdout, stderr } = process;
  let stopping: AbortController | undefined;
  for (const stream of [stdout, stderr]) {
    // `onefill orders | head`: nobody reads on, which is no failure of the command.
    stream.on('error', () => process.exit(0));
  }
  return {
    environment,
    isInteractive: stdin.isTTY === true && stderr.isTTY === true,
    print: (line) => stdout.write(`${line}\n`),
    note: (line) => stderr.write(`${line}\n`),
    draw: (line) => stderr.write(`${CLEAR_LINE}${line}`),
    paint: isColoured(environment, stdout.isTTY === true)
      ? (style, shown) => styleText(style, shown, { validateStream: false })
      : (_style, shown) => shown,
    async ask(question) {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question);
      } finally {
        lines.close();
      }
    },
    readInput: () => text(stdin),
    stopping() {
      if (stopping === undefined) {
        const controller = new AbortController();
        stopping = controller;
        for (const signal of ['SIGINT', 'SIGTERM'] as const) {
          process.once(signal, () => controller.abort());
        }
      }
      return stopping.signal;
    },
  };
}

/** https://no-color.org: any value but an empty one. `FORCE_COLOR` is for where the terminal is not seen. */
function isColoured({ NO_COLOR, FORCE_COLOR, TERM }: Environment, isTerminal: boolean): boolean {
  if (NO_COLOR) {
    return false;
  }
  return FORCE_COLOR !== undefined && FORCE_COLOR !== '0' ? true : isTerminal && TERM !== 'dumb';
}
