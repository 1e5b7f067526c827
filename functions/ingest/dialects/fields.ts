import {
  compare,
  type Decimal,
  DIGITS_MAX,
  decimal,
  isPlausible,
  parseDecimal,
  sign,
} from '../../core/decimal.ts';
import { SYMBOL_FORM } from '../../core/signal.ts';
import type { ErrorDetail } from '../../shared/http.ts';
import { JsonNumber } from '../../shared/json.ts';
import { ANNOTATIONS } from './annotations.ts';

/** A payload: a JSON object, its numbers exact. */
export type Payload = Readonly<Record<string, unknown>>;

const EPOCH_SECONDS_MAX = 100_000_000_000;
const SHOWN_CHARACTERS_MAX = 40;
const ISO_TIME = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** The answer and the receipt name every problem; neither may grow with what somebody sends. */
const PROBLEMS_MAX = 20;

/** What is said of a field that asks for more than is done. */
export const NOT_AVAILABLE = 'is not available yet, and not ignored: leave it out to trade without it';

/** What a number in a signal may be; those below 100 are positive, too. */
export type NumberRule = 'positive' | 'below-100' | 'any';

const HUNDRED = decimal(100);

/**
 * Reads the fields of one payload and collects what is wrong with them, so that a sender learns everything in one
 * answer, each problem by its field.
 */
export class FieldReader {
  readonly problems: ErrorDetail[];
  private readonly payload: Payload;
  /** What comes before the names of this reader's fields in problems. */
  private readonly prefix: string;

  constructor(
    payload: Payload,
    within: { readonly problems: ErrorDetail[]; readonly prefix: string } = { problems: [], prefix: '' },
  ) {
    this.payload = payload;
    this.problems = within.problems;
    this.prefix = within.prefix;
  }

  /** The first of the names that the payload has with a value; empty text and null count as absent. */
  find(...names: readonly string[]): { readonly field: string; readonly value: unknown } | undefined {
    for (const field of names) {
      const value = Object.hasOwn(this.payload, field) ? this.payload[field] : undefined;
      if (value !== undefined && value !== null && value !== '') {
        return { field, value };
      }
    }
    return undefined;
  }

  /** The one of the names that the payload has with a value; none when it has several. */
  only<Name extends string>(names: readonly Name[]): Name | undefined {
    const [name, ...others] = names.filter((candidate) => this.find(candidate));
    return others.length === 0 ? name : undefined;
  }

  problem(field: string, message: string, code?: string): undefined {
    if (this.problems.length < PROBLEMS_MAX) {
      const problem = { field: `${this.prefix}${printable(field)}`, message };
      this.problems.push(code === undefined ? problem : { ...problem, code });
    }
    return undefined;
  }

  text(...names: readonly string[]): string | undefined {
    const found = this.find(...names);
    if (found === undefined) {
      return undefined;
    }
    return typeof found.value === 'string' ? found.value : this.problem(found.field, 'must be text');
  }

  choice<Choice extends string>(choices: readonly Choice[], ...names: readonly string[]): Choice | undefined {
    const found = this.find(...names);
    const text = this.text(...names);
    if (found === undefined || text === undefined) {
      return undefined;
    }
    const choice = choices.find((candidate) => candidate === text.trim().toLowerCase());
    return choice ?? this.problem(found.field, `must be one of ${choices.join(', ')}`);
  }

  requiredChoice<Choice extends string>(choices: readonly Choice[], field: string): Choice | undefined {
    return this.find(field)
      ? this.choice(choices, field)
      : this.problem(field, `is required: one of ${choices.join(', ')}`);
  }

  /**
   * Refuses fields by what their names come to, however they are spelled. A field that is `false` asks for nothing.
   *
   * @param names of names in lower case without separators: `stoploss` for `stopLoss`, `stop_loss` and `StopLoss`
   * @param read names that are read, as they are written
   */
  refuseSpelled(names: RegExp, message: string, read: readonly string[] = []): void {
    for (const field of Object.keys(this.payload).filter((name) => !read.includes(name))) {
      const name = field.toLowerCase().replace(/[^a-z0-9]/g, '');
      const found = names.test(name) ? this.find(field) : undefined;
      if (found !== undefined && found.value !== false) {
        this.problem(field, message);
      }
    }
  }

  /**
   * Refuses every field but those of a dialect and what senders add for themselves: `stopLos` must not be ignored.
   *
   * @param what whose fields they are, for example `an OpenAlgo order`
   */
  refuseUnknown(fields: readonly string[], what: string): void {
    const known = [...fields, ...ANNOTATIONS];
    if (Object.keys(this.payload).some((name) => !known.includes(name))) {
      this.refuseOthers(known, `is not a field of ${what}; allowed are ${known.join(', ')}`);
    }
  }

  /** Refuses every field but these. */
  refuseOthers(known: readonly string[], message: string): void {
    for (const field of Object.keys(this.payload).filter((name) => !known.includes(name))) {
      this.problem(field, message);
    }
  }

  /**
   * A reader of a field that is an object: its problems are this one's, by names such as `stopLoss.price`. A field
   * that is `false` counts as absent.
   */
  nested(field: string): FieldReader | undefined {
    const value = this.find(field)?.value;
    if (value === undefined || value === false) {
      return undefined;
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof JsonNumber) {
      return this.problem(field, 'must be an object');
    }
    return new FieldReader(value as Payload, { problems: this.problems, prefix: `${this.prefix}${field}.` });
  }

  symbol(...names: readonly string[]): string | undefined {
    const text = this.text(...names)?.trim();
    if (text === undefined) {
      return this.problems.some(({ field }) => names.includes(field))
        ? undefined
        : this.problem(names[0] ?? '', 'is required, for example "MNQ1!"');
    }
    return SYMBOL_FORM.test(text)
      ? text
      : this.problem(
          names[0] ?? '',
          'must be 1 to 40 letters, digits or . ! / _ : - and begin with a letter or digit',
        );
  }

  decimal(rule: NumberRule, ...names: readonly string[]): Decimal | undefined {
    const found = this.find(...names);
    if (found === undefined) {
      return undefined;
    }
    const { field, value } = found;
    const text = value instanceof JsonNumber ? value.source : value;
    if (typeof text !== 'string') {
      return this.problem(field, 'must be a number, or text that is one');
    }
    const number = parseDecimal(text.trim());
    if (number === undefined) {
      return this.problem(field, `must be a plain number such as 2 or "0.5", not ${shown(text)}`);
    }
    if (!isPlausible(number)) {
      return this.problem(
        field,
        `must have at most ${DIGITS_MAX.integer} digits before and ${DIGITS_MAX.fraction} after the point`,
      );
    }
    if (rule !== 'any' && sign(number) <= 0) {
      return this.problem(field, 'must be greater than 0');
    }
    if (rule === 'below-100' && compare(number, HUNDRED) >= 0) {
      return this.problem(field, 'must be less than 100');
    }
    return number;
  }

  /** A moment: ISO 8601 with a zone, or seconds or milliseconds since the epoch. Milliseconds since the epoch. */
  time(...names: readonly string[]): number | undefined {
    const found = this.find(...names);
    if (found === undefined) {
      return undefined;
    }
    const { field, value } = found;
    return (
      parseTime(value instanceof JsonNumber ? value.source : value) ??
      this.problem(
        field,
        'must be a time such as "2026-09-15T14:35:01Z", or seconds or milliseconds since 1970',
      )
    );
  }
}

/** The fields that have a value, so that an optional one is absent rather than undefined. */
export function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };
}

function parseTime(value: unknown): number | undefined {
  const text = typeof value === 'string' ? value.trim() : '';
  if (/^\d{9,14}(?:\.\d{1,6})?$/.test(text)) {
    const number = Number(text);
    return Math.trunc(number < EPOCH_SECONDS_MAX ? number * 1_000 : number);
  }
  const date = ISO_TIME.exec(text)?.[1];
  const parsed = date !== undefined && isCalendarDate(date) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(parsed) ? undefined : parsed;
}

/** `Date.parse` takes February 31st for March 3rd. */
function isCalendarDate(date: string): boolean {
  const midnight = new Date(`${date}T00:00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/** What the sender wrote, for an error message. */
function shown(text: string): string {
  return JSON.stringify(printable(text));
}

/** Short and without control characters or lone surrogates, which neither logs nor the table should meet. */
function printable(text: string): string {
  const ascii = text.replace(/[^\x20-\x7e]/g, '?');
  return ascii.length > SHOWN_CHARACTERS_MAX ? `${ascii.slice(0, SHOWN_CHARACTERS_MAX)}…` : ascii;
}
