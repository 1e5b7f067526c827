import { IdempotencyItemAlreadyExistsError } from '@aws-lambda-powertools/idempotency';
import { DynamoDBPersistenceLayer } from '@aws-lambda-powertools/idempotency/dynamodb';
import { IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { SignalId } from '../core/ids.ts';
import { conditionally } from '../ledger/table.ts';

/** What a claim needs. One claim serves one request. */
export interface SignalClaimOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  /** The id for the signal if this request is the first with its key. */
  readonly mintedSignalId: SignalId;
  /** Unique per attempt: tells our own record from everybody else's. */
  readonly claimId: string;
  readonly nowMs: () => number;
}

const storedShape = z.object({
  id: z.string(),
  status: z.enum(['INPROGRESS', 'COMPLETED']),
  /** Seconds since the epoch. */
  expiration: z.number(),
  /** Milliseconds since the epoch. */
  in_progress_expiration: z.optional(z.number()),
  data: z.optional(z.unknown()),
  validation: z.optional(z.string()),
  signal_id: z.string(),
  claim_id: z.string(),
});
type Stored = z.output<typeof storedShape>;

/** Values of `in_progress_expiration` of an attempt that ended without an answer: both are long past. */
const RELEASED = 0;
const RELEASED_UNFINISHED = 1;

/**
 * Powertools' DynamoDB layer, with the signal's id in the record and every write conditioned on the claim.
 *
 * Powertools may run the work of one key again: after a kill, a timeout or a failure. The layer it ships then
 * forgets the first attempt, whose messages may be in the queue already. Here a later attempt takes the record over
 * *with its signal id*, so that it sends the same executions under the same deduplication ids. For the same reason
 * a failed attempt is released for the next one instead of deleted. And because update and release require our
 * claim, an attempt that was overtaken cannot overwrite its successor (docs/adr/0003-signal-claim.md).
 *
 *     first seen            in_progress_expiration                expiration
 *     |── one attempt works ──|── anyone may take over, same id ────|── a new signal ──▶
 */
export class SignalClaim extends DynamoDBPersistenceLayer {
  /** The id of the signal that this request's key stands for: ours, or the one that was there first. */
  signalId: SignalId;
  /** Whether an earlier attempt may have put messages into the queue: then this one only finishes its work. */
  resumes = false;
  /** Set before the first message is sent: from then on a failure leaves the claim to be resumed. */
  mayHaveSent = false;
  private readonly options: SignalClaimOptions;

  constructor(options: SignalClaimOptions) {
    super({ tableName: options.tableName, awsSdkV3Client: options.client });
    this.options = options;
    this.signalId = options.mintedSignalId;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { client, tableName, claimId, mintedSignalId, nowMs } = this.options;
    const result = await conditionally(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            id: record.idempotencyKey,
            status: 'INPROGRESS',
            expiration: record.expiryTimestamp,
            in_progress_expiration: record.inProgressExpiryTimestamp,
            validation: record.payloadHash,
            signal_id: mintedSignalId,
            claim_id: claimId,
          },
          ConditionExpression: 'attribute_not_exists(id) OR expiration < :now OR claim_id = :claim',
          ExpressionAttributeValues: { ':now': nowMs() / 1_000, ':claim': claimId },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    if (result.written) {
      this.signalId = mintedSignalId;
      return;
    }
    const stored = z.parse(storedShape, result.current);
    this.signalId = stored.signal_id as SignalId;
    const lapsed = stored.status === 'INPROGRESS' && (stored.in_progress_expiration ?? 0) < nowMs();
    if (!lapsed || stored.validation !== record.payloadHash || !(await this.takeOver(record, stored))) {
      throw new IdempotencyItemAlreadyExistsError('The signal was received before.', asRecord(stored));
    }
  }

  /** Goes on where an attempt died or failed. @returns false when somebody else was faster */
  private async takeOver(record: IdempotencyRecord, stored: Stored): Promise<boolean> {
    const { client, tableName, claimId } = this.options;
    const result = await conditionally(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { id: record.idempotencyKey },
          UpdateExpression:
            'SET claim_id = :claim, expiration = :expiration, in_progress_expiration = :inProgress',
          ConditionExpression: 'claim_id = :claim OR (claim_id = :theirs AND #status = :inprogress)',
          ExpressionAttributeNames: { '#status': 'status' },
          ExpressionAttributeValues: {
            ':claim': claimId,
            ':theirs': stored.claim_id,
            ':expiration': record.expiryTimestamp,
            ':inProgress': record.inProgressExpiryTimestamp,
            ':inprogress': 'INPROGRESS',
          },
        }),
      ),
    );
    this.resumes = result.written && stored.in_progress_expiration !== RELEASED;
    return result.written;
  }

  protected override async _updateRecord(record: IdempotencyRecord): Promise<void> {
    await this.writeClaimed(record, 'SET #status = :status, expiration = :expiration, #data = :data', {
      names: { '#status': 'status', '#data': 'data' },
      values: {
        ':status': record.getStatus(),
        ':expiration': record.expiryTimestamp,
        ':data': record.responseData,
      },
    });
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    // What an earlier attempt may have sent is not undone by one that sent nothing itself.
    const isUnfinished = this.mayHaveSent || this.resumes;
    await this.writeClaimed(record, 'SET in_progress_expiration = :lapsed', {
      names: {},
      values: { ':lapsed': isUnfinished ? RELEASED_UNFINISHED : RELEASED },
    });
  }

  /** An attempt that was overtaken changes nothing; its successor answers with the same signal id. */
  private async writeClaimed(
    record: IdempotencyRecord,
    update: string,
    { names, values }: { names: Record<string, string>; values: Record<string, unknown> },
  ): Promise<void> {
    const { client, tableName, claimId } = this.options;
    await conditionally(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { id: record.idempotencyKey },
          UpdateExpression: update,
          ConditionExpression: 'claim_id = :claim',
          ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
          ExpressionAttributeValues: { ':claim': claimId, ...values },
        }),
      ),
    );
  }
}

function asRecord(stored: Stored): IdempotencyRecord {
  return new IdempotencyRecord({
    idempotencyKey: stored.id,
    status: stored.status,
    expiryTimestamp: stored.expiration,
    ...(stored.in_progress_expiration === undefined
      ? {}
      : { inProgressExpiryTimestamp: stored.in_progress_expiration }),
    responseData: stored.data as IdempotencyRecord['responseData'],
    ...(stored.validation === undefined ? {} : { payloadHash: stored.validation }),
  });
}
