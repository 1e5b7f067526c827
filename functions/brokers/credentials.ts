import type * as z from 'zod/mini';
import type { Clock } from '../core/clock.ts';
import { OnefillError } from '../core/errors.ts';
import type { SecretReader } from '../shared/secret-reader.ts';

/** How long credentials are used without asking for them again. */
const FRESH_FOR_MS = 60_000;
const ENTRIES_MAX = 1_000;

/** What operators stored for their accounts at venues: secrets named `<stage prefix>brokers/<credentials>`, as JSON. */
export interface CredentialsStore {
  /**
   * The credentials of that name, at most 60 s old. Calls at the same time share one request.
   *
   * @throws OnefillError `CREDENTIALS_INVALID` when there are none, or they are not of this shape;
   *   `CREDENTIALS_UNAVAILABLE` when Secrets Manager did not answer. No message has a part of the secret
   */
  read<Credentials>(name: string, shape: z.ZodMiniType<Credentials>): Promise<Credentials>;
  /** The venue refused them: the next reader asks anew, because they may have been rotated. */
  forget(name: string): void;
}

/** Why nothing was sent, or nothing was looked at: the credentials are no good, or it is too early. */
export type NotDone =
  | { readonly kind: 'unauthorized'; readonly message: string }
  | { readonly kind: 'busy'; readonly retryAfterMs: number; readonly message: string };

const READ_AGAIN_MS = 500;

/** Credentials as they are read, or what there is to say without them. */
export async function orNone<Credentials extends object>(
  reading: Promise<Credentials>,
): Promise<Credentials | NotDone> {
  try {
    return await reading;
  } catch (error) {
    return error instanceof OnefillError && error.disposition === 'terminal'
      ? { kind: 'unauthorized', message: error.message }
      : { kind: 'busy', retryAfterMs: READ_AGAIN_MS, message: 'The credentials could not be read.' };
  }
}

interface Entry {
  readonly value: Promise<unknown>;
  readonly askedAtMs: number;
}

/** Reads credentials when they are first needed, and remembers them for a minute. A failed read is not remembered. */
export function createCredentialsStore(
  prefix: string,
  readSecret: SecretReader,
  clock: Clock,
): CredentialsStore {
  const entries = new Map<string, Entry>();

  const ask = (name: string): Promise<unknown> => {
    const entry: Entry = { value: readJson(readSecret, `${prefix}brokers/${name}`), askedAtMs: clock.now() };
    if (entries.size >= ENTRIES_MAX) {
      entries.clear();
    }
    entries.set(name, entry);
    entry.value.catch(() => {
      if (entries.get(name) === entry) {
        entries.delete(name);
      }
    });
    return entry.value;
  };

  return {
    async read(name, shape) {
      const known = entries.get(name);
      const isFresh = known !== undefined && clock.now() - known.askedAtMs < FRESH_FOR_MS;
      const parsed = shape.safeParse(await (isFresh ? known.value : ask(name)));
      if (!parsed.success) {
        const fields = parsed.error.issues.map(({ path }) => path.join('.') || 'the whole').join(', ');
        throw invalid(`${prefix}brokers/${name}`, `does not have what its venue needs: see ${fields}`);
      }
      return parsed.data;
    },
    forget(name) {
      entries.delete(name);
    },
  };
}

async function readJson(readSecret: SecretReader, secretName: string): Promise<unknown> {
  const text = await readSecret(secretName).catch((error: unknown) => {
    const message = `The secret ${secretName} could not be read.`;
    throw new OnefillError('CREDENTIALS_UNAVAILABLE', 'retry', message, { cause: error });
  });
  if (text === undefined) {
    throw invalid(secretName, 'does not exist');
  }
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause: its message quotes the text.
    throw invalid(secretName, 'is not JSON');
  }
}

function invalid(secretName: string, what: string): OnefillError {
  return new OnefillError('CREDENTIALS_INVALID', 'terminal', `The secret ${secretName} ${what}.`);
}
