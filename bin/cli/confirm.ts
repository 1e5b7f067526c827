import type { Options } from './command.ts';
import { FailedError, UsageError } from './errors.ts';
import type { Session } from './session.ts';
import { printable } from './text.ts';

/** The options of every command that changes what trades. */
export const REASON_OPTION = {
  reason: { type: 'string', value: '<text>', summary: 'why, for the record' },
} as const satisfies Options;

/** The option of every command that asks before it acts. */
export const YES_OPTION = {
  yes: { type: 'boolean', short: 'y', summary: 'do not ask; needed where nobody can be asked' },
} as const satisfies Options;

/**
 * Asks a person whether this is really meant. Where nobody can be asked, only `--yes` is an answer.
 *
 * @param consequence what would happen, as a sentence
 * @throws UsageError when nobody can be asked, FailedError when the answer is no; then nothing was done
 */
export async function confirm(
  session: Session,
  consequence: string,
  { yes }: { readonly yes?: boolean },
): Promise<void> {
  if (yes) {
    return;
  }
  if (!session.isInteractive) {
    throw new UsageError(`${printable(consequence)} Nobody can be asked here: give --yes if it is meant.`);
  }
  const answer = await session.ask(`${printable(consequence)} Type yes to go on: `);
  if (!/^y(es)?$/i.test(answer.trim())) {
    throw new FailedError('Nothing was done.');
  }
}
