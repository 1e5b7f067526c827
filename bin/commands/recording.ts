import * as z from 'zod/mini';
import { parseOrNothing } from '../cli/admin-client.ts';
import { FailedError } from '../cli/errors.ts';

/** One signal of a recording. */
export interface RecordedSignal {
  /** Which one it is, from 1 on. */
  readonly number: number;
  readonly webhookId?: string;
  readonly id?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** The body, as it was recorded. */
  readonly body: string;
  /** When it came, in milliseconds from the first one; absent in a recording without times. */
  readonly offsetMs?: number;
}

const payload = z.union([z.record(z.string(), z.unknown()), z.string()]);

const envelopeShape = z.strictObject({
  payload,
  webhookId: z.optional(z.string().check(z.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$/))),
  id: z.optional(z.string().check(z.regex(/^[\x21-\x7e]{1,256}$/))),
  headers: z.optional(
    z.record(z.string().check(z.regex(/^[A-Za-z0-9-]+$/)), z.string().check(z.regex(/^[\t\x20-\x7e]*$/))),
  ),
  offsetMs: z.optional(z.number().check(z.gte(0))),
  at: z.optional(z.string().check(z.refine((at) => !Number.isNaN(Date.parse(at))))),
});
type Envelope = z.output<typeof envelopeShape>;

/** An entry as it is: what it was written as keeps numbers exact. */
interface Entry {
  readonly value: unknown;
  readonly source: string;
  readonly where: string;
}

/**
 * Reads a recording: JSON lines, or one JSON array. Each entry is a payload, or an object with a `payload` and any of
 * `offsetMs` or `at` (ISO 8601), `id`, `headers`, `webhookId`.
 *
 * @throws FailedError that names the first entry that is not allowed
 */
export function readRecording(text: string): readonly RecordedSignal[] {
  let firstAtMs: number | undefined;
  return entriesIn(text).map((entry, index) => {
    const envelope = envelopeOf(entry);
    if (envelope === undefined) {
      return { number: index + 1, headers: {}, body: entry.source };
    }
    const { payload, at, offsetMs, webhookId, id, headers = {} } = envelope;
    const atMs = at === undefined ? offsetMs : Date.parse(at);
    firstAtMs ??= atMs;
    return {
      number: index + 1,
      headers,
      body: typeof payload === 'string' ? payload : JSON.stringify(payload),
      ...(webhookId === undefined ? {} : { webhookId }),
      ...(id === undefined ? {} : { id }),
      ...(atMs === undefined || firstAtMs === undefined ? {} : { offsetMs: Math.max(0, atMs - firstAtMs) }),
    };
  });
}

function entriesIn(text: string): Entry[] {
  if (text.trimStart().startsWith('[')) {
    const array = parseOrNothing(text);
    if (!Array.isArray(array)) {
      throw new FailedError('The recording is not a JSON array to its end. Nothing was sent.');
    }
    return array.map((value, index) => ({
      value,
      source: JSON.stringify(value),
      where: `Entry ${index + 1}`,
    }));
  }
  return text.split('\n').flatMap((line, index) => {
    const source = line.trim();
    return source === '' ? [] : [{ value: parseOrNothing(source), source, where: `Line ${index + 1}` }];
  });
}

function envelopeOf({ value, where }: Entry): Envelope | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new FailedError(`${where} of the recording is not a JSON object. Nothing was sent.`);
  }
  if (!Object.hasOwn(value, 'payload')) {
    return undefined;
  }
  const envelope = z.safeParse(envelopeShape, value);
  if (!envelope.success) {
    const [issue] = envelope.error.issues;
    const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
    throw new FailedError(
      `${where} of the recording has a field ${field} that is not allowed. Nothing was sent.`,
    );
  }
  return envelope.data;
}
