import { setTimeout as delay } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { messageOf } from './errors.ts';
import type { EventFilter } from './event-filter.ts';
import type { EventSourceTarget } from './event-source.ts';
import { ShardProgress } from './shard-progress.ts';
import { type StreamClient, StreamError, type StreamRecord } from './stream-client.ts';
import {
  type DiscardedItems,
  type StreamIdentity,
  type StreamItem,
  streamEventRecord,
  streamItem,
} from './stream-event.ts';
import { type LaneOwner, type LaneSettings, StreamLane } from './stream-lane.ts';

/** How a shard is read, and by whom its records are worked on. */
export interface ReaderSettings extends LaneSettings {
  readonly stream: StreamIdentity;
  /** How many batches of the shard are worked on at once at most; those of one item still one after the other. */
  readonly lanesCount: number;
  readonly filter: EventFilter;
}

/** A shard, and where the engine has it. */
export interface ShardAddress {
  /** The stream's name in the engine. */
  readonly engineArn: string;
  readonly shardId: string;
}

/** Whom a reader tells how far it is. */
export interface ReaderOwner extends EventSourceTarget {
  onPosition(position: string): void;
  /** Takes records that are given up; rejects when it has to be asked again. */
  onDiscarded(discarded: DiscardedItems, shardId: string): Promise<void>;
}

/** The most records that DynamoDB gives at once. */
const PAGE_MAX = 1_000;

/** Lambda asks four times a second; here nobody pays for it. */
const POLL_INTERVAL_MS = 100;

const PAUSE_AFTER_FAILURE_MS = 1_000;

/** Reads a shard in its order, and hands the records to lanes, those of one item always to the same. */
export class ShardReader {
  readonly #client: StreamClient;
  readonly #address: ShardAddress;
  readonly #settings: ReaderSettings;
  readonly #owner: ReaderOwner;
  readonly #signal: AbortSignal;
  readonly #progress: ShardProgress;
  readonly #lanes: readonly StreamLane[];
  /** Settles when the shard is closed and done, or when everything stops; says which. */
  readonly ended: Promise<'finished' | 'stopped'>;

  constructor(
    client: StreamClient,
    address: ShardAddress,
    position: string,
    settings: ReaderSettings,
    owner: ReaderOwner,
    signal: AbortSignal,
  ) {
    this.#client = client;
    this.#address = address;
    this.#settings = settings;
    this.#owner = owner;
    this.#signal = signal;
    this.#progress = new ShardProgress(position);
    const laneOwner: LaneOwner = {
      ...owner,
      onDone: (items) => this.#done(items),
      onDiscarded: (discarded) => owner.onDiscarded(discarded, address.shardId),
    };
    this.#lanes = Array.from(
      { length: settings.lanesCount },
      () => new StreamLane(settings, laneOwner, signal),
    );
    this.ended = this.#run();
  }

  async #run(): Promise<'finished' | 'stopped'> {
    let iterator: string | undefined;
    while (!this.#signal.aborted) {
      await Promise.all(this.#lanes.map((lane) => lane.room()));
      try {
        iterator ??= await this.#iterator();
        const { records, next } = await this.#client.records(iterator, PAGE_MAX);
        this.#take(records);
        if (next === undefined) {
          await Promise.all(this.#lanes.map((lane) => lane.drained()));
          break;
        }
        iterator = next;
        await this.#pause(records.length === 0 ? POLL_INTERVAL_MS : 0);
      } catch (error) {
        iterator = undefined;
        this.#owner.onProblem(`records of ${this.#address.shardId} could not be read: ${messageOf(error)}`);
        await this.#pause(PAUSE_AFTER_FAILURE_MS);
      }
    }
    if (!this.#signal.aborted) {
      return 'finished';
    }
    await Promise.all(this.#lanes.map(({ ended }) => ended));
    return 'stopped';
  }

  async #iterator(): Promise<string> {
    const { engineArn, shardId } = this.#address;
    try {
      return await this.#client.iterator(engineArn, shardId, this.#progress.lastRead);
    } catch (error) {
      if (error instanceof StreamError && error.name === 'TrimmedDataAccessException') {
        this.#owner.onProblem(`records of ${shardId} were gone before they were read`);
        return await this.#client.iterator(engineArn, shardId, 'TRIM_HORIZON');
      }
      throw error;
    }
  }

  #take(records: readonly StreamRecord[]): void {
    const { stream, filter } = this.#settings;
    for (const record of records) {
      const event = streamEventRecord(record, this.#address.shardId, stream);
      const isWanted = isChange(record) && filter(event);
      this.#progress.read(record.dynamodb.SequenceNumber, isWanted);
      if (isWanted) {
        const item = streamItem(event);
        this.#laneOf(item.key).push(item);
      }
    }
    if (records.length > 0) {
      this.#owner.onPosition(this.#progress.position);
    }
  }

  #laneOf(key: string): StreamLane {
    const index = hashOf(key) % this.#lanes.length;
    const lane = this.#lanes[index];
    if (lane === undefined) {
      throw new Error(`There is no lane ${index}.`);
    }
    return lane;
  }

  #done(items: readonly StreamItem[]): void {
    for (const { sequenceNumber } of items) {
      this.#progress.done(sequenceNumber);
    }
    this.#owner.onPosition(this.#progress.position);
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#signal }).catch(() => undefined);
  }
}

/** DynamoDB tells of no write that changes nothing; dynoxide does. */
function isChange({ dynamodb: { NewImage, OldImage } }: StreamRecord): boolean {
  return NewImage === undefined || !isDeepStrictEqual(NewImage, OldImage);
}

/** FNV-1a: any hash will do that spreads keys, and this one takes no time. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return hash;
}
