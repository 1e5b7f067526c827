import type { Command } from './command.ts';
import { CommandError, EXIT } from './errors.ts';
import { helpOf, overview } from './help.ts';
import { parse } from './parse.ts';
import type { Session } from './session.ts';
import { printable } from './text.ts';

/** Runs one command line. Errors that are expected are told in one line. @returns the exit code */
export async function run(
  argv: readonly string[],
  commands: readonly Command[],
  session: Session,
): Promise<number> {
  try {
    const parsed = parse(argv, commands);
    if (parsed.kind === 'help') {
      session.print((parsed.command ? helpOf(parsed.command) : overview(commands)).trimEnd());
      return argv.length === 0 ? EXIT.usage : EXIT.done;
    }
    const { command, values, words } = parsed;
    return await command.run({ values, words, session });
  } catch (error) {
    if (error instanceof CommandError) {
      session.note(printable(error.message));
      return error.exitCode;
    }
    // A defect: where it is matters more than how it looks, and its stack holds no values.
    session.note(`onefill has a defect, please report it: ${(error as Error).stack}`);
    return EXIT.failed;
  }
}
