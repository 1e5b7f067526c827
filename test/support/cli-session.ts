import { run } from '../../bin/cli/run.ts';
import type { Session } from '../../bin/cli/session.ts';
import { COMMANDS } from '../../bin/commands/commands.ts';

/** What a command line did. */
export interface CliResult {
  readonly exitCode: number;
  /** Lines of standard output. */
  readonly out: readonly string[];
  /** Lines of standard error. */
  readonly err: readonly string[];
}

/** Who runs the command line. */
export interface CliOptions {
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** What a person answers; without, nobody can be asked. */
  readonly answer?: string;
  readonly stopping?: AbortSignal;
  /** Hears each line of standard output. */
  onLine?(line: string): void;
}

/** Runs a command line in this process. */
export async function onefillHere(argv: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const out: string[] = [];
  const err: string[] = [];
  const session: Session = {
    environment: options.environment ?? {},
    isInteractive: options.answer !== undefined,
    print: (line) => {
      out.push(line);
      options.onLine?.(line);
    },
    note: (line) => err.push(line),
    draw: (line) => err.push(line),
    paint: (_style, text) => text,
    ask: async (question) => {
      err.push(question);
      return options.answer ?? '';
    },
    readInput: async () => options.input ?? '',
    stopping: () => options.stopping ?? new AbortController().signal,
  };
  const exitCode = await run(argv, COMMANDS, session);
  return { exitCode, out, err };
}
