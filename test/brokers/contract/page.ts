import { readDocument } from '../../docs/documents.ts';

/** The page that says what each venue does, and where a test compares it with what it ought to be. */
export const PAGE = { path: 'docs/brokers.md', fromHere: '../../../docs/brokers.md' } as const;

type Cells = readonly [string, ...string[]];

/** The page as it is. */
export const readPage = (): string => readDocument(PAGE.path).text;

/** The page with these rows in a table of it, in place of those that begin with the same cells; sorted. */
export function withRows(page: string, table: 'venues' | 'cases', rows: readonly Cells[]): string {
  const [before, inside, after] = split(page, table);
  const [head = '', rule = '', ...lines] = inside.trim().split('\n');
  const named = new Map(lines.map((line) => [firstCellOf(line), line]));
  for (const cells of rows) {
    named.set(cells[0], `| ${cells.join(' | ')} |`);
  }
  const sorted = [...named].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, line]) => line);
  return `${before}${['', '', head, rule, ...sorted, '', ''].join('\n')}${after}`;
}

/** The page before, in and after the table between its marks. */
function split(page: string, table: string): readonly [string, string, string] {
  const [begin, end] = [`<!-- ${table} -->`, `<!-- end of ${table} -->`];
  const [from, to] = [page.indexOf(begin) + begin.length, page.indexOf(end)];
  if (to < from) {
    throw new Error(`${PAGE.path} has no table between ${begin} and ${end}.`);
  }
  return [page.slice(0, from), page.slice(from, to), page.slice(to)];
}

function firstCellOf(line: string): string {
  return line.split('|')[1]?.trim() ?? '';
}
