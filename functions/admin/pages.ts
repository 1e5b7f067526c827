import * as z from 'zod/mini';
import { integerText } from './fields.ts';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 50;
const CURSOR_CHARACTERS_MAX = 512;

/** Where a walk goes on: what the last page ended with. Clients pass it on and do not look inside. */
export interface Cursor {
  readonly after: string;
}

/** One page of an answer. */
export interface Page<Item> {
  readonly items: readonly Item[];
  /** Absent on the last page. */
  readonly nextCursor?: string;
}

/** Sorts before every id, and is not empty, which DynamoDB refuses in a key. */
export const FIRST_ID = ' ';

/** Sorts after every character of an id. */
export const LAST_ID = '\u{10FFFF}';

const BAD_CURSOR = 'must be the nextCursor of an earlier answer';

/**
 * The query parameters of every list.
 *
 * @param isPosition whether the text inside a cursor is a position in this list
 */
export function pageParameters(isPosition: (after: string) => boolean, limitMax = LIMIT_MAX) {
  return {
    limit: z._default(integerText(1, limitMax), LIMIT_DEFAULT),
    cursor: z.optional(
      z.pipe(
        z.custom<string>((cursor) => isPosition(decode(cursor)), BAD_CURSOR),
        z.transform((cursor): Cursor => ({ after: decode(cursor) })),
      ),
    ),
  };
}

/** A page that ends with the position `after`; without it, the last page. */
export function pageOf<Item>(items: readonly Item[], after: string | undefined): Page<Item> {
  return after === undefined ? { items } : { items, nextCursor: encodeCursor(after) };
}

/** The cursor of a place. */
export function encodeCursor(after: string): string {
  return Buffer.from(after, 'utf8').toString('base64url');
}

function decode(cursor: unknown): string {
  return typeof cursor === 'string' && cursor.length <= CURSOR_CHARACTERS_MAX
    ? Buffer.from(cursor, 'base64url').toString('utf8')
    : '';
}
