/**
 * How a figure was found: `counted` and `modelled` ones are the same on every machine, `measured` ones are ratios or
 * sizes of this one.
 */
export type Source = 'counted' | 'modelled' | 'measured';

/** One row of the scorecard. */
export interface Row {
  /** Stable, for comparison between runs. */
  readonly id: string;
  readonly what: string;
  readonly source: Source;
  readonly figure: number;
  /** The unit of the figure, shown behind it. */
  readonly unit?: string;
  /** Absent: told for orientation, and no verdict. */
  readonly target?: { readonly kind: 'at-most' | 'at-least'; readonly value: number };
  /** Where a target is known to be missed (docs/performance.md says why): how far, at most. It may not get worse. */
  readonly knownMiss?: number;
}

/** Makes rows of one source. */
export const rowsBy =
  (source: Source) =>
  (id: string, what: string, figure: number, changes: Partial<Row> = {}): Row => ({
    id,
    what,
    source,
    figure,
    ...changes,
  });

export type Verdict = 'met' | 'known miss' | 'MISSED' | '';

export function verdictOf({ figure, target, knownMiss }: Row): Verdict {
  if (!target) {
    return '';
  }
  const keeps = (limit: number) => (target.kind === 'at-most' ? figure <= limit : figure >= limit);
  if (keeps(target.value)) {
    return 'met';
  }
  return knownMiss !== undefined && keeps(knownMiss) ? 'known miss' : 'MISSED';
}

export const atMost = (value: number) => ({ kind: 'at-most', value }) as const;

export const atLeast = (value: number) => ({ kind: 'at-least', value }) as const;

const SIGNS = { 'at-most': '≤', 'at-least': '≥' } as const;
const HEADINGS = ['what', 'figure', 'target', 'verdict', 'source'] as const;

/** Rows as a table of fixed width. */
export function tableOf(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.what,
    `${shown(row.figure)}${row.unit ? ` ${row.unit}` : ''}`,
    row.target ? `${SIGNS[row.target.kind]} ${shown(row.target.value)}` : '',
    verdictOf(row),
    row.source,
  ]);
  const widths = HEADINGS.map((heading, column) =>
    Math.max(heading.length, ...cells.map((line) => line[column]?.length ?? 0)),
  );
  const lineOf = (line: readonly string[]) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  return [lineOf(HEADINGS), lineOf(widths.map((width) => '-'.repeat(width))), ...cells.map(lineOf)].join(
    '\n',
  );
}

function shown(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(value < 10 ? 2 : 1);
}
