import { isDeepStrictEqual } from 'node:util';
import type { Defaults } from '../core/defaults.ts';
import type { ErrorDetail } from '../shared/http.ts';

/** What was sent, with what it leaves out taken from the settings; or what is wrong with it. */
type Inherited<Input, Name extends keyof Defaults> =
  | {
      readonly ok: true;
      readonly value: Omit<Input, Name | 'inherits'> & Pick<Defaults, Name> & Inherits<Name>;
    }
  | { readonly ok: false; readonly details: readonly ErrorDetail[] };

interface Inherits<Name extends keyof Defaults> {
  readonly inherits?: readonly Name[];
}

/**
 * Fills in what is left out, and notes that it is inherited: it follows the settings when they change. What is sent beside
 * its name in `inherits` must be what the settings say, as it is in the answer to a GET.
 */
export function inherit<
  Name extends keyof Defaults,
  Input extends Partial<Pick<Defaults, Name>> & { readonly inherits?: readonly Name[] | undefined },
>(input: Input, names: readonly Name[], defaults: Defaults): Inherited<Input, Name> {
  const { inherits: named = [], ...rest } = input;
  const isInherited = (name: Name) => input[name] === undefined || named.includes(name);
  const inherits = names.filter(isInherited);
  const details = inherits
    .filter((name) => input[name] !== undefined && !isDeepStrictEqual(input[name], defaults[name]))
    .map((field) => ({
      field,
      message: 'is named by inherits and is not what the settings say; take it out of inherits to set it',
    }));
  if (details.length > 0) {
    return { ok: false, details };
  }
  const inherited = Object.fromEntries(inherits.map((name) => [name, defaults[name]]));
  // Every name is there now: from the input, or from the settings.
  const value: unknown = { ...rest, ...inherited, ...(inherits.length === 0 ? {} : { inherits }) };
  return { ok: true, value: value as Extract<Inherited<Input, Name>, { ok: true }>['value'] };
}
