import * as z from 'zod/mini';
import { type Decimal, DIGITS_MAX, isPlausible, parseDecimal, sign } from '../core/decimal.ts';
import { CONFIGURED_ID } from '../core/ids.ts';
import { SYMBOL_FORM } from '../core/signal.ts';
import type { ErrorDetail } from '../shared/http.ts';
import { JsonNumber } from '../shared/json.ts';

/**
 * The building blocks of request schemas. Each says in its own words what is allowed, because the words go to the
 * sender; none repeats what was sent, because that may be a secret.
 */

const DETAILS_MAX = 100;
const FIELD_NAME_CHARACTERS_MAX = 64;

const ISO_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** An object with these fields and no others. */
export function fields<Shape extends z.core.$ZodShape>(shape: Shape) {
  return z.pipe(
    z.custom<z.input<z.ZodMiniObject<Shape>>>(isObject, `must be an object with ${listed(shape)}`),
    onlyFields(shape),
  );
}

/**
 * As {@link fields}, where something else has made sure that the value is an object.
 *
 * @param where in what a field of another name is not known
 */
export function onlyFields<Shape extends z.core.$ZodShape>(shape: Shape, where = 'here') {
  return z.strictObject(shape, { error: () => `is not known ${where}; there is ${listed(shape)}` });
}

/** Text of this many characters. */
export function text(charactersMin: number, charactersMax: number) {
  const message = `must be text of ${charactersMin} to ${charactersMax} characters`;
  return z.string(message).check(z.minLength(charactersMin, message), z.maxLength(charactersMax, message));
}

/** Text of a certain form. */
export function pattern(expression: RegExp, message: string) {
  return z.string(message).check(z.regex(expression, message));
}

/** An id as operators choose them. */
export const configuredId = pattern(
  CONFIGURED_ID,
  'must be an id: 1 to 48 letters, digits or . _ - and begin with a letter or digit',
);

export const symbol = pattern(
  SYMBOL_FORM,
  'must be 1 to 40 letters, digits or . ! / _ : - and begin with a letter or digit',
);

export const flag = z.boolean('must be true or false');

/** A rule for lists: nothing stands in it twice, by itself or by this field of it. */
export function onceEach<Field extends string>(field?: Field) {
  return z.check<(string | Readonly<Record<Field, string>>)[]>(({ value, issues }) => {
    const seen = new Set<unknown>();
    for (const [index, item] of value.entries()) {
      const key = typeof item === 'string' || field === undefined ? item : item[field];
      if (seen.has(key)) {
        issues.push({
          code: 'custom',
          input: key,
          path: field === undefined ? [index] : [index, field],
          message: 'is listed already; each can be listed once',
        });
      }
      seen.add(key);
    }
  });
}

/** A whole JSON number in a range. */
export function integer(min: number, max: number) {
  return z.pipe(
    z.custom<JsonNumber>(
      (value) => value instanceof JsonNumber && isIntegerWithin(Number(value.source), min, max),
      `must be a whole number from ${min} to ${max}`,
    ),
    z.transform((number) => Number(number.source)),
  );
}

/** A whole number in a query string. */
export function integerText(min: number, max: number) {
  return z.pipe(
    z.custom<string>(
      (value) =>
        typeof value === 'string' && /^\d{1,9}$/.test(value) && isIntegerWithin(Number(value), min, max),
      `must be a whole number from ${min} to ${max}`,
    ),
    z.transform(Number),
  );
}

/** A decimal, exact, as a JSON number or as text: above 0, or 0 as well. */
export function amount(rule: 'above-zero' | 'zero-or-more') {
  return z.pipe(
    z.custom<JsonNumber | string>(
      (value) => readAmount(value, rule) !== undefined,
      `must be a number, or text that is one, ${rule === 'above-zero' ? 'greater than' : 'not less than'} 0, ` +
        `with at most ${DIGITS_MAX.integer} digits before and ${DIGITS_MAX.fraction} after the point`,
    ),
    z.transform((value) => readAmount(value, rule) as Decimal),
  );
}

/** A moment in ISO 8601 with a zone; milliseconds since the epoch. */
export const time = z.pipe(
  z.custom<string>(
    (value) => typeof value === 'string' && ISO_TIME.test(value) && !Number.isNaN(Date.parse(value)),
    'must be a time with its zone, such as 2026-09-15T14:35:01Z',
  ),
  z.transform((value) => Math.max(0, Date.parse(value))),
);

/** What is wrong, by field; at most 100 of them, and each once, even if two rules of a field are broken. */
export function detailsOf(error: z.core.$ZodError): ErrorDetail[] {
  const details = new Map<string, ErrorDetail>();
  for (const issue of error.issues) {
    const paths =
      issue.code === 'unrecognized_keys' ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
    for (const path of paths.slice(0, DETAILS_MAX)) {
      const detail = { field: fieldName(path), message: issue.message };
      details.set(JSON.stringify(detail), detail);
    }
  }
  return [...details.values()].slice(0, DETAILS_MAX);
}

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.reduce<string>((before, part) => {
    const shown = typeof part === 'number' ? `[${part}]` : String(part).slice(0, FIELD_NAME_CHARACTERS_MAX);
    return before === '' || typeof part === 'number' ? `${before}${shown}` : `${before}.${shown}`;
  }, '');
  return name === '' ? 'body' : name;
}

function listed(shape: z.core.$ZodShape): string {
  const names = Object.keys(shape);
  return names.length === 0 ? 'none' : names.join(', ');
}

function isObject(value: unknown): boolean {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber)
  );
}

function isIntegerWithin(number: number, min: number, max: number): boolean {
  return Number.isInteger(number) && number >= min && number <= max;
}

function readAmount(value: unknown, rule: 'above-zero' | 'zero-or-more'): Decimal | undefined {
  const source = value instanceof JsonNumber ? value.source : value;
  const number = typeof source === 'string' ? parseDecimal(source.trim()) : undefined;
  if (number === undefined || sign(number) < 0 || (rule === 'above-zero' && sign(number) === 0)) {
    return undefined;
  }
  return isPlausible(number) ? number : undefined;
}
