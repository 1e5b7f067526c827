import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { type DataFolder, damaged } from './data-folder.ts';
import { messageOf, systemCodeOf } from './errors.ts';

/** How far a mapping is in each shard of its stream: the last record that is done, or the end of a closed shard. */
const MappingPositions = z.object({
  streamArn: z.string(),
  shards: z.record(z.string(), z.union([z.literal('TRIM_HORIZON'), z.literal('SHARD_END'), z.string()])),
});

const PositionsFile = z.object({ mappings: z.record(z.string(), MappingPositions) });

type PositionsFile = z.infer<typeof PositionsFile>;

/** How far one mapping is in one stream. */
export interface MappingProgress {
  /** Whether it never read this stream before. */
  readonly isNew: boolean;
  /** Begins to keep positions: whatever is added to the stream from now on is for this mapping. */
  begin(shards: Readonly<Record<string, string>>): void;
  positionOf(shardId: string): string;
  advance(shardId: string, position: string): void;
}

/**
 * How far every event source mapping is in its stream, in memory and, when there is a data folder, in a file. It is
 * saved after a batch is done: records of a batch that was in work when the process died are delivered again.
 */
export class StreamPositions {
  readonly #file: string | undefined;
  readonly #mappings: PositionsFile['mappings'];

  /** @throws LocalCloudError when the file is damaged */
  constructor(folder: DataFolder | undefined) {
    this.#file = folder?.positionsFile;
    this.#mappings = folder === undefined ? {} : read(folder);
  }

  /** How far a mapping is; positions in another stream, as of a table that was made anew, count for nothing. */
  of(mapping: string, streamArn: string): MappingProgress {
    const known = this.#mappings[mapping];
    const isKnown = known?.streamArn === streamArn;
    const current = isKnown ? known : { streamArn, shards: {} as Record<string, string> };
    return {
      isNew: !isKnown,
      begin: (shards) => {
        current.shards = { ...shards };
        this.#mappings[mapping] = current;
        this.#save();
      },
      positionOf: (shardId) => current.shards[shardId] ?? 'TRIM_HORIZON',
      advance: (shardId, position) => {
        if (current.shards[shardId] !== position) {
          current.shards[shardId] = position;
          this.#save();
        }
      },
    };
  }

  #save(): void {
    if (this.#file !== undefined) {
      const draft = `${this.#file}.draft`;
      try {
        writeFileSync(draft, JSON.stringify({ mappings: this.#mappings } satisfies PositionsFile));
        renameSync(draft, this.#file);
      } catch {
        // Records will be delivered again, which they may be at any time: a full disk must not end the delivery.
      }
    }
  }
}

function read(folder: DataFolder): PositionsFile['mappings'] {
  try {
    return z.parse(PositionsFile, JSON.parse(readFileSync(folder.positionsFile, 'utf8'))).mappings;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      return {};
    }
    throw damaged(
      folder.directory,
      folder.positionsFile,
      messageOf(error).split('\n')[0] ?? 'it is unreadable',
    );
  }
}
