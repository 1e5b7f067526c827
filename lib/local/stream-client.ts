import * as z from 'zod/mini';
import { LOCAL_CREDENTIALS, type ServiceAddress } from './account.ts';

const Image = z.record(z.string(), z.unknown());

const StreamRecord = z.looseObject({
  dynamodb: z.looseObject({
    SequenceNumber: z.string(),
    /** Epoch seconds. */
    ApproximateCreationDateTime: z.number(),
    Keys: Image,
    NewImage: z.optional(Image),
    OldImage: z.optional(Image),
  }),
});

const Shard = z.object({ ShardId: z.string(), ParentShardId: z.optional(z.string()) });

const Description = z.object({
  StreamDescription: z.object({
    Shards: z.optional(z.array(Shard)),
    LastEvaluatedShardId: z.optional(z.string()),
  }),
});

const Iterator = z.object({ ShardIterator: z.string() });

const Page = z.object({
  Records: z.optional(z.array(StreamRecord)),
  /** None when the shard is closed and read to its end. */
  NextShardIterator: z.nullish(z.string()),
});

/** A change of an item as DynamoDB tells it, in DynamoDB's own JSON. */
export type StreamRecord = z.infer<typeof StreamRecord>;

/** A part of a stream, in which records have an order. */
export type StreamShard = z.infer<typeof Shard>;

/** Where in a shard to read: behind the record with this sequence number, or at the oldest record there is. */
export type ShardPosition = 'TRIM_HORIZON' | (string & {});

/** What the engine refuses, named as DynamoDB names it. */
export class StreamError extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const REQUEST_TIMEOUT_MS = 10_000;

/**
 * The stream operations of DynamoDB. A function gets records as the JSON that DynamoDB sends; the SDK's client would
 * turn that into bytes and dates, which had to be turned back.
 */
export class StreamClient {
  readonly #address: ServiceAddress;

  constructor(address: ServiceAddress) {
    this.#address = address;
  }

  /** Every shard of a stream. */
  async shards(streamArn: string): Promise<readonly StreamShard[]> {
    const shards: StreamShard[] = [];
    for (let after: string | undefined; ; ) {
      const input = { StreamArn: streamArn, ExclusiveStartShardId: after };
      const { StreamDescription } = await this.#call('DescribeStream', input, Description);
      shards.push(...(StreamDescription.Shards ?? []));
      after = StreamDescription.LastEvaluatedShardId;
      if (after === undefined) {
        return shards;
      }
    }
  }

  /** What {@link records} begins with. */
  async iterator(streamArn: string, shardId: string, position: ShardPosition): Promise<string> {
    const where =
      position === 'TRIM_HORIZON'
        ? { ShardIteratorType: position }
        : { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: position };
    const input = { StreamArn: streamArn, ShardId: shardId, ...where };
    return (await this.#call('GetShardIterator', input, Iterator)).ShardIterator;
  }

  /** The next records of a shard, and where to go on unless it has ended. */
  async records(
    iterator: string,
    limit: number,
  ): Promise<{ readonly records: readonly StreamRecord[]; readonly next: string | undefined }> {
    const input = { ShardIterator: iterator, Limit: limit };
    const { Records, NextShardIterator } = await this.#call('GetRecords', input, Page);
    return { records: Records ?? [], next: NextShardIterator ?? undefined };
  }

  async #call<Schema extends z.ZodMiniType>(
    operation: string,
    input: unknown,
    output: Schema,
  ): Promise<z.infer<Schema>> {
    const { endpoint, region } = this.#address;
    const scope = `20260101/${region}/dynamodb/aws4_request`;
    const response = await fetch(endpoint, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
        'x-amz-date': '20260101T000000Z',
        // The engines want to see a signature, and do not check it.
        authorization:
          `AWS4-HMAC-SHA256 Credential=${LOCAL_CREDENTIALS.accessKeyId}/${scope}, ` +
          'SignedHeaders=host;x-amz-date, Signature=none',
      },
      body: JSON.stringify(input),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const answer: unknown = await response.json();
    if (!response.ok) {
      throw refusal(operation, answer);
    }
    return z.parse(output, answer);
  }
}

const Refusal = z.object({ __type: z.string(), message: z.optional(z.string()) });

function refusal(operation: string, answer: unknown): Error {
  const { success, data } = z.safeParse(Refusal, answer);
  return success
    ? new StreamError(data.__type.replace(/^.*#/, ''), data.message ?? data.__type)
    : new Error(`${operation} was answered with ${JSON.stringify(answer)}`);
}
