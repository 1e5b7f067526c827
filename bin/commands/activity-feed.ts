import { canonicalJson } from '../../functions/shared/json.ts';
import type { AdminClient, Item, Query } from '../cli/admin-client.ts';

/** How far back each look goes: entries may be written later than others that happened after them. */
const OVERLAP_MS = 5_000;
/** Now and then a look goes further back, for the part of the stream that is furthest behind. */
const DEEP_OVERLAP_MS = 120_000;
const DEEP_EVERY_LOOKS = 15;

/** Written when they happen; all else is written when the stream brings it, which may be later. */
const AHEAD_OF_THE_STREAM = 'OPERATOR_ACTION';

/** Reads the activity log as it grows: each entry once, and again when it changed; none left out. */
export class ActivityFeed {
  private readonly client: AdminClient;
  private readonly filter: Query;
  /** The entries that the next looks find again, and when they happened. */
  private readonly seen = new Map<string, number>();
  /** Until when the log is known; by its own times, the clock here may be another one. */
  private newestMs: number | undefined;
  private looks = 0;

  constructor(client: AdminClient, filter: Query) {
    this.client = client;
    this.filter = filter;
  }

  /** The last entries that there are, oldest first; {@link poll} goes on behind them. */
  async begin(count: number): Promise<readonly Item[]> {
    const query = { ...this.filter, sort: '-at' };
    const last = (await this.client.list('/activity', query, Math.max(1, count))).reverse();
    const newest = last.at(-1);
    if (newest === undefined) {
      return [];
    }
    this.newestMs = timeOf(newest);
    // What was written meanwhile is told as well, and what is older than the first that is told is not.
    const recent = await this.poll();
    const places = new Map(recent.map(({ activityId }, index) => [activityId, index]));
    const known = last.filter(({ activityId }) => !places.has(activityId));
    const firstTold = places.get((count === 0 ? newest : last[0])?.activityId);
    if (count === 0) {
      return recent.slice((firstTold ?? -1) + 1);
    }
    return [...known, ...recent.slice(firstTold ?? 0)];
  }

  /** What was not there at the last look, oldest first. */
  async poll(): Promise<readonly Item[]> {
    const overlapMs = this.looks % DEEP_EVERY_LOOKS === 0 ? DEEP_OVERLAP_MS : OVERLAP_MS;
    this.looks += 1;
    const from = this.newestMs === undefined ? undefined : new Date(this.newestMs - overlapMs).toISOString();
    const found: Item[] = [];
    for await (const item of this.client.items('/activity', { ...this.filter, from, sort: 'at' })) {
      // DynamoDB gives the fields of an entry in another order each time.
      const key = canonicalJson(item);
      if (!this.seen.has(key)) {
        found.push(item);
      }
      this.seen.set(key, timeOf(item));
    }
    const fromStream = found.filter(({ type }) => type !== AHEAD_OF_THE_STREAM).map(timeOf);
    if (fromStream.length > 0 || this.newestMs !== undefined) {
      this.newestMs = fromStream.reduce((newest, atMs) => Math.max(newest, atMs), this.newestMs ?? 0);
    }
    this.forget();
    return found;
  }

  private forget(): void {
    const keptFromMs = (this.newestMs ?? 0) - 2 * DEEP_OVERLAP_MS;
    for (const [key, atMs] of this.seen) {
      if (atMs < keptFromMs) {
        this.seen.delete(key);
      }
    }
  }
}

function timeOf({ at }: Item): number {
  return Date.parse(String(at));
}
