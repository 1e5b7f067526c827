import * as z from 'zod/mini';
import { answer, type HttpAnswer, textAnswer } from '../shared/http.ts';
import { csvHeader, csvLine } from './csv.ts';
import { type Cursor, encodeCursor, pageOf, pageParameters } from './pages.ts';
import { readQuery } from './read-request.ts';
import { invalid } from './refusals.ts';
import type { AdminRequest } from './route.ts';

const FORMATS = ['json', 'jsonl', 'csv'] as const;
type Format = (typeof FORMATS)[number];

const JSON_LIMIT_MAX = 100;
const EXPORT_LIMIT_MAX = 1_000;

/**
 * Lambda answers with at most 6 MB, in which the body is JSON text: its quotes count twice. A page ends before that, whatever
 * was asked for.
 */
const ANSWER_BYTES_MAX = 5_000_000;

const MEDIA_TYPES = { 'application/x-ndjson': 'jsonl', 'text/csv': 'csv' } as const;

/** The parameters of lists that can be exported. @param isPosition as in {@link pageParameters} */
export function recordParameters(isPosition: (after: string) => boolean) {
  return {
    ...pageParameters(isPosition, EXPORT_LIMIT_MAX),
    format: z.optional(z.enum(FORMATS, `must be one of ${FORMATS.join(', ')}`)),
  };
}

/** One record of a page, and where the next page goes on when this is the last one of its page. */
export interface Row {
  readonly item: object;
  readonly position: string;
}

/** What was asked of a list. */
interface ListQuery {
  readonly limit: number;
  readonly cursor?: Cursor | undefined;
  readonly format?: Format | undefined;
}

/** As {@link readQuery}, for a shape with {@link recordParameters}. */
export function readListQuery<Shape extends z.core.$ZodShape>(request: AdminRequest, shape: Shape) {
  const query = readQuery(request, shape);
  if (!query.ok) {
    return query;
  }
  const { limit, format } = query.value as unknown as ListQuery;
  const message = `must be a whole number from 1 to ${JSON_LIMIT_MAX}, or to ${EXPORT_LIMIT_MAX} with format jsonl or csv`;
  return limit > JSON_LIMIT_MAX && formatOf(request, format) === 'json'
    ? { ok: false as const, answer: invalid(request, [{ field: 'limit', message }]) }
    : query;
}

/**
 * A page in the format that was asked for. Pages of JSON lines and CSV are parts of one file: put behind each other they are
 * the whole, and the names of the columns are in the first.
 *
 * @param next where to go on; `undefined` when the walk is over
 */
export function answerRecords(
  request: AdminRequest,
  query: ListQuery,
  { rows, next }: { readonly rows: readonly Row[]; readonly next: string | undefined },
  columns: readonly string[],
): HttpAnswer {
  const format = formatOf(request, query.format);
  const isFirst = query.cursor === undefined;
  const lines: string[] = [];
  let bytes = 0;
  for (const { item } of rows) {
    const line = format === 'csv' ? csvLine(columns, item) : `${JSON.stringify(item)}\n`;
    bytes += Buffer.byteLength(JSON.stringify(line));
    if (bytes > ANSWER_BYTES_MAX && lines.length > 0) {
      break;
    }
    lines.push(line);
  }
  const kept = rows.slice(0, lines.length);
  const after = kept.length < rows.length ? kept.at(-1)?.position : next;
  if (format === 'json') {
    return answer(
      200,
      pageOf(
        kept.map(({ item }) => item),
        after,
      ),
    );
  }
  const head = format === 'csv' && isFirst ? csvHeader(columns) : '';
  return textAnswer(200, `${head}${lines.join('')}`, {
    'content-type':
      format === 'csv'
        ? `text/csv; charset=utf-8; header=${isFirst ? 'present' : 'absent'}`
        : 'application/x-ndjson; charset=utf-8',
    ...(after === undefined ? {} : { 'x-next-cursor': encodeCursor(after) }),
  });
}

/** What the parameter says, else the header `accept`. */
function formatOf(request: AdminRequest, format: Format | undefined): Format {
  const accepted = (request.header('accept') ?? '').split(',').map((type) => type.split(';')[0]?.trim());
  const [, named] = Object.entries(MEDIA_TYPES).find(([type]) => accepted.includes(type)) ?? [];
  return format ?? named ?? 'json';
}
