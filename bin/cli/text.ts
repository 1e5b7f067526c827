import type { Item } from './admin-client.ts';
import type { Session, Style } from './session.ts';

/** One column of a table: its title, and the field or what is made of an item. */
export interface Column {
  readonly title: string;
  readonly value: string | ((item: Item) => unknown);
  readonly alignment?: 'right';
}

/** Escape sequences in data would otherwise run in the terminal of whoever looks at it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for.
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

const OUTCOMES: readonly (readonly [style: Style, words: RegExp])[] = [
  [
    'red',
    /^(REJECTED|ROLLED_BACK|HALTED|UNKNOWN|DENIED|FAILED|CRITICAL|HIGH|refused|open|isolated|down|failed|abandoned)$/,
  ],
  [
    'yellow',
    /^(SKIPPED|PENDING|RUNNING|PARTIALLY_FILLED|SENDING|INTENT|MEDIUM|WAITING|CLOSING|halfOpen|degraded)$/,
  ],
  ['green', /^(COMPLETED|FILLED|OPENED|accepted|closed|ok|up)$/],
];

/** A value on one line, without what a terminal would act on; `-` for none. */
export function printable(value: unknown): string {
  if (value === undefined || value === null || value === '') {
    return '-';
  }
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replaceAll(CONTROL, '·');
}

/** A status in the colour of how good it is. */
export function paintOutcome(session: Session, text: string): string {
  const style = OUTCOMES.find(([, words]) => words.test(text.trim()))?.[0];
  return style === undefined ? text : session.paint(style, text);
}

/** A table for people, its titles dim; the lines of it. */
export function table(session: Session, columns: readonly Column[], items: readonly Item[]): string[] {
  const cells = items.map((item) =>
    columns.map(({ value }) => printable(typeof value === 'string' ? item[value] : value(item))),
  );
  const widths = columns.map(({ title }, index) =>
    Math.max(title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (row: readonly string[], paint: (text: string) => string) =>
    row
      .map((text, index) => {
        const width = widths[index] ?? 0;
        return paint(columns[index]?.alignment === 'right' ? text.padStart(width) : text.padEnd(width));
      })
      .join('  ')
      .trimEnd();
  const titles = columns.map(({ title }) => title);
  return [
    line(titles, (text) => session.paint('dim', text)),
    ...cells.map((row) => line(row, (text) => paintOutcome(session, text))),
  ];
}
