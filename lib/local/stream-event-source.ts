import { setTimeout as delay } from 'node:timers/promises';
import { messageOf } from './errors.ts';
import { type ReaderOwner, type ReaderSettings, ShardReader } from './shard-reader.ts';
import type { StreamClient, StreamShard } from './stream-client.ts';
import type { MappingProgress } from './stream-positions.ts';

/** How records of one stream reach one function. */
export interface StreamSourceSettings extends ReaderSettings {
  /** The stream's name in the engine. */
  readonly engineArn: string;
  readonly startingPosition: 'LATEST' | 'TRIM_HORIZON';
}

/** Whom the records go to. */
export type StreamSourceOwner = Omit<ReaderOwner, 'onPosition'>;

const PAUSE_MS = 1_000;

const PAGE_MAX = 1_000;

/**
 * Hands the records of a stream to a function, as Lambda's event source mapping does: each shard in its order, and a
 * shard that came of another one after that. A record is done when the function is done with it, or when it was
 * given up as the mapping says; only then is the position behind it.
 */
export class StreamEventSource {
  readonly #client: StreamClient;
  readonly #settings: StreamSourceSettings;
  readonly #progress: MappingProgress;
  readonly #owner: StreamSourceOwner;
  readonly #abort = new AbortController();
  readonly #readers = new Map<string, ShardReader>();
  readonly #watching: Promise<void>;

  /** Starts at once. */
  constructor(
    client: StreamClient,
    settings: StreamSourceSettings,
    progress: MappingProgress,
    owner: StreamSourceOwner,
  ) {
    this.#client = client;
    this.#settings = settings;
    this.#progress = progress;
    this.#owner = owner;
    this.#watching = this.#watch();
  }

  /** The number of a record before which all are done, in an engine that numbers them from 1. */
  deliveredUpTo(): number {
    const positions = [...this.#readers.keys()].map((shardId) => Number(this.#progress.positionOf(shardId)));
    // Where a shard was not begun, or none is known yet, nothing is done.
    return Math.min(...(positions.length > 0 ? positions : [0]).map((position) => position || 0));
  }

  /**
   * Reads no more, and waits for the batches in progress.
   *
   * @param graceMs how long to wait; what is not done then is delivered again by the next start
   */
  async stop(graceMs: number): Promise<void> {
    this.#abort.abort();
    const timer = new AbortController();
    const enough = delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([this.#watching, enough]);
    timer.abort();
  }

  /** Reads the shards there are, and those that come of them when they end. */
  async #watch(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        this.#read(await this.#client.shards(this.#settings.engineArn));
      } catch (error) {
        this.#owner.onProblem(`the stream could not be looked at: ${messageOf(error)}`);
      }
      const readers = [...this.#readers.values()].map(({ ended }) => ended);
      await (readers.length > 0 ? Promise.race(readers) : this.#pause());
    }
    await Promise.all([...this.#readers.values()].map(({ ended }) => ended));
  }

  #read(shards: readonly StreamShard[]): void {
    const unfinished = shards.filter(({ ShardId }) => this.#progress.positionOf(ShardId) !== 'SHARD_END');
    const unfinishedIds = new Set(unfinished.map(({ ShardId }) => ShardId));
    for (const { ShardId, ParentShardId } of unfinished) {
      const waitsForParent = ParentShardId !== undefined && unfinishedIds.has(ParentShardId);
      if (!waitsForParent && !this.#readers.has(ShardId)) {
        this.#readers.set(ShardId, this.#readerOf(ShardId));
      }
    }
  }

  #readerOf(shardId: string): ShardReader {
    const { engineArn } = this.#settings;
    const reader = new ShardReader(
      this.#client,
      { engineArn, shardId },
      this.#progress.positionOf(shardId),
      this.#settings,
      { ...this.#owner, onPosition: (position) => this.#progress.advance(shardId, position) },
      this.#abort.signal,
    );
    void reader.ended.then((how) => {
      if (how === 'finished') {
        this.#progress.advance(shardId, 'SHARD_END');
        this.#readers.delete(shardId);
      }
    });
    return reader;
  }

  async #pause(): Promise<void> {
    await delay(PAUSE_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
  }
}

/**
 * Takes the position from which a mapping reads a stream that it never read before: when it settles, every change
 * that follows is for it.
 */
export async function takePosition(
  client: StreamClient,
  { engineArn, startingPosition }: StreamSourceSettings,
  progress: MappingProgress,
): Promise<void> {
  if (progress.isNew) {
    progress.begin(startingPosition === 'LATEST' ? await latestPositions(client, engineArn) : {});
  }
}

/** The ends of the shards there are. The engine tells where a stream ends only by giving all that is before. */
async function latestPositions(client: StreamClient, streamArn: string): Promise<Record<string, string>> {
  const positions: Record<string, string> = {};
  for (const { ShardId } of await client.shards(streamArn)) {
    positions[ShardId] = await endOf(client, streamArn, ShardId);
  }
  return positions;
}

async function endOf(client: StreamClient, streamArn: string, shardId: string): Promise<string> {
  let position = 'TRIM_HORIZON';
  let iterator = await client.iterator(streamArn, shardId, position);
  for (;;) {
    const { records, next } = await client.records(iterator, PAGE_MAX);
    position = records.at(-1)?.dynamodb.SequenceNumber ?? position;
    if (next === undefined) {
      return 'SHARD_END';
    }
    if (records.length === 0) {
      return position;
    }
    iterator = next;
  }
}
