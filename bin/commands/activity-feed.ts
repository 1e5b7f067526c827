import type { AdminClient, Item, Query } from '../cli/admin-client.ts';

/** How far back each look goes: entries may be written later than others that happened after them. */
const OVERLAP_MS = 30_000;

/** Reads the activity log as it grows: each entry once, none left out. */
export class ActivityFeed {
  private readonly client: AdminClient;
  private readonly filter: Query;
  /** The entries that the next look finds again, and when they happened. */
  private readonly seen = new Map<string, number>();
  private newestMs: number | undefined;

  constructor(client: AdminClient, filter: Query) {
    this.client = client;
    this.filter = filter;
  }

  /** The last entries that there are, oldest first; {@link poll} goes on behind them. */
  async begin(count: number): Promise<readonly Item[]> {
    // By its own times: the clock here may be another one.
    const [newest] = await this.client.list('/activity', { ...this.filter, sort: '-at' }, 1);
    if (newest === undefined) {
      return [];
    }
    this.newestMs = timeOf(newest);
    const known = await this.poll();
    const missing = count - known.length;
    if (missing <= 0) {
      return count === 0 ? [] : known.slice(-count);
    }
    const last = await this.client.list('/activity', { ...this.filter, sort: '-at' }, count);
    return last.reverse();
  }

  /** What was not there at the last look, oldest first. */
  async poll(): Promise<readonly Item[]> {
    const from =
      this.newestMs === undefined ? {} : { from: new Date(this.newestMs - OVERLAP_MS).toISOString() };
    const found: Item[] = [];
    for await (const item of this.client.items('/activity', {
      ...this.filter,
      ...from,
      sort: 'at',
    })) {
      const key = JSON.stringify(item);
      if (!this.seen.has(key)) {
        const atMs = timeOf(item);
        this.seen.set(key, atMs);
        this.newestMs = Math.max(this.newestMs ?? atMs, atMs);
        found.push(item);
      }
    }
    this.forget();
    return found;
  }

  private forget(): void {
    const keptFromMs = (this.newestMs ?? 0) - 2 * OVERLAP_MS;
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
