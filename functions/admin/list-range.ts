import * as z from 'zod/mini';
import { signalIdPrefixAt } from '../core/ids.ts';
import { time } from './fields.ts';
import { FIRST_ID, LAST_ID } from './pages.ts';

const SORTS = ['createdAt', '-createdAt'] as const;

/**
 * The parameters of every list of records by time. Records count as created when their signal was first seen: then their order
 * is that of their ids.
 */
export const rangeParameters = {
  from: z.optional(time),
  to: z.optional(time),
  sort: z._default(z.enum(SORTS, 'must be createdAt, or -createdAt for the newest first'), '-createdAt'),
};

/** A range of ids or prefixes of ids, inclusive, and its direction. */
export interface IdRange {
  readonly from: string;
  readonly to: string;
  readonly order: 'newest-first' | 'oldest-first';
}

/** What was asked for, as ids. @param query times in milliseconds since the epoch */
export function idRangeOf(query: {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  readonly sort: (typeof SORTS)[number];
}): IdRange {
  return {
    from: query.from === undefined ? FIRST_ID : signalIdPrefixAt(query.from),
    to: query.to === undefined ? LAST_ID : `${signalIdPrefixAt(query.to)}${LAST_ID}`,
    order: query.sort === 'createdAt' ? 'oldest-first' : 'newest-first',
  };
}
