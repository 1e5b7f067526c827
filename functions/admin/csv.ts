const LINE_END = '\r\n';
const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** What a spreadsheet takes for the beginning of a formula. */
const FORMULA = /^[=+\-@\t\r]/;
const NEEDS_QUOTES = /[",\r\n]/;

/** The line that names the columns. */
export function csvHeader(columns: readonly string[]): string {
  return `${columns.join(',')}${LINE_END}`;
}

/**
 * A line of CSV (RFC 4180). Text that a spreadsheet would calculate begins with an apostrophe; numbers stay as they are.
 *
 * @param columns names of fields; a dot leads into a field: `signal.symbol`. What is absent or null is empty, a list or
 * an object is JSON
 */
export function csvLine(columns: readonly string[], item: object): string {
  return `${columns.map((column) => cell(valueAt(item, column.split('.')))).join(',')}${LINE_END}`;
}

function valueAt(item: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined,
    item,
  );
}

function cell(value: unknown): string {
  if (value === undefined || value === null) {
    return '';
  }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const safe = FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
  return NEEDS_QUOTES.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
