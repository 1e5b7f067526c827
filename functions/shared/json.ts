/** A number exactly as it was written: `0.10`, `1e3`, or forty digits that a float would round. */
export class JsonNumber {
  readonly source: string;

  constructor(source: string) {
    this.source = source;
  }

  toJSON(): string {
    return this.source;
  }
}

/** Parsed JSON, or why it was not accepted, in words for the sender. */
export type JsonResult =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/** Deeper than any payload dialect, and far from the depth at which a parser or walker runs out of stack. */
const DEPTH_MAX = 16;

/** Keys that turn into something else than data when an object is copied or merged. */
const DANGEROUS_KEYS = new Set(['__proto__', 'constructor', 'prototype']);

/**
 * Parses JSON from an untrusted sender.
 *
 * @param options.exactNumbers give numbers as {@link JsonNumber}, for money; else as JavaScript numbers
 */
export function parseJson(text: string, options: { readonly exactNumbers: boolean }): JsonResult {
  if (depthOf(text) > DEPTH_MAX) {
    return { ok: false, message: `The JSON is nested deeper than ${DEPTH_MAX} levels.` };
  }
  let dangerous: string | undefined;
  try {
    const value: unknown = JSON.parse(text, (key, part: unknown, context?: { source?: string }) => {
      if (DANGEROUS_KEYS.has(key)) {
        dangerous = key;
      }
      return options.exactNumbers && typeof part === 'number'
        ? new JsonNumber(context?.source ?? String(part))
        : part;
    });
    return dangerous === undefined
      ? { ok: true, value }
      : { ok: false, message: `The key "${dangerous}" is not allowed.` };
  } catch (error) {
    if (error instanceof SyntaxError) {
      return { ok: false, message: `The body is not valid JSON${hint(text)}.` };
    }
    throw error;
  }
}

/** One text for every way to write the same JSON value: keys sorted, no white space, numbers as written. */
export function canonicalJson(value: unknown): string {
  if (value instanceof JsonNumber) {
    return value.source;
  }
  if (Array.isArray(value)) {
    return `[${value.map(canonicalJson).join(',')}]`;
  }
  if (typeof value === 'object' && value !== null) {
    const parts = value as Readonly<Record<string, unknown>>;
    const keys = Object.keys(parts).toSorted();
    return `{${keys.map((key) => `${JSON.stringify(key)}:${canonicalJson(parts[key])}`).join(',')}}`;
  }
  return JSON.stringify(value);
}

/**
 * How deep brackets nest outside of strings. Looks at the text only, so that no parser has to survive it, and once
 * at each character: a regular expression for strings takes seconds over 64 KB of unclosed ones.
 */
function depthOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '"') {
      index = endOfString(text, index);
    } else if (character === '{' || character === '[') {
      depth += 1;
      deepest = Math.max(deepest, depth);
    } else if (character === '}' || character === ']') {
      depth -= 1;
    }
  }
  return deepest;
}

/** Where the string that begins at `start` has its closing quote; the end of the text when it has none. */
function endOfString(text: string, start: number): number {
  let index = start + 1;
  while (index < text.length && text[index] !== '"') {
    index += text[index] === '\\' ? 2 : 1;
  }
  return index;
}

/** TradingView writes placeholders without a value as NaN, the most common broken payload there is. */
function hint(text: string): string {
  const literal = /:\s*(NaN|-?Infinity|undefined)\b/.exec(text)?.[1];
  return literal === undefined
    ? ''
    : `: ${literal} is not a JSON value; put the placeholder in quotes or leave it out`;
}
