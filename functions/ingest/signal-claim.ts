import { hash } from 'node:crypto';
import {
  IdempotencyItemAlreadyExistsError,
  IdempotencyItemNotFoundError,
} from '@aws-lambda-powertools/idempotency';
import { BasePersistenceLayer, IdempotencyRecord } from '@aws-lambda-powertools/idempotency/persistence';
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
  /** Of what names the signal, and of its payload: the same name with another payload is a conflict. */
  readonly keyHash: string;
  readonly payloadHash: string;
  /** Unique per attempt: tells our own record from everybody else's. */
  readonly claimId: string;
  readonly nowMs: () => number;
  /** What became of a signal that was claimed before; `undefined` while its receipt is not durable. */
  readonly findAcceptance: (signalId: SignalId) => Promise<FoundAcceptance | undefined>;
}

/** A signal that was accepted: its answer, and the means to send its messages once more. */
export interface FoundAcceptance {
  /** As JSON has it. */
  readonly answer: unknown;
  readonly sendAgain: () => Promise<void>;
}

/** The same key was claimed for another payload. */
export class PayloadConflict extends Error {}

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
 * So long after an attempt a duplicate sends its messages once more. By then SQS still drops those that it was sent; later
 * the reconciler sees to it, which knows whether an account has gone on to a younger signal.
 */
const SEND_AGAIN_FOR_MS = 60_000;

/**
 * A Powertools layer on DynamoDB, with the signal's id in the record and every write conditioned on the claim.
 *
 * Powertools may run the work of one key again: after a kill, a timeout or a failure. The DynamoDB layer it ships then
 * forgets the first attempt, whose messages may be in the queue already. Here a later attempt takes the record over
 * *with its signal id*, so that it sends the same executions under the same deduplication ids. For the same reason
 * a failed attempt is released for the next one instead of deleted. And because the release requires our claim, an
 * attempt that was overtaken cannot give up what its successor is at work on (docs/adr/0003-signal-claim.md).
 *
 *     first seen            in_progress_expiration                expiration
 *     |── one attempt works ──|── anyone may take over, same id ────|── a new signal ──▶
 *               |── from the receipt on: its answer for everybody ──|
 */
export class SignalClaim extends BasePersistenceLayer {
  /** The id of the signal that this request's key stands for: ours, or the one that was there first. */
  signalId: SignalId;
  /** Whether an earlier attempt may have put messages into the queue: then this one only finishes its work. */
  resumes = false;
  /** Set before the first message is sent: from then on a failure leaves the claim to be resumed. */
  mayHaveSent = false;
  private readonly options: SignalClaimOptions;

  constructor(options: SignalClaimOptions) {
    super();
    this.options = options;
    this.signalId = options.mintedSignalId;
  }

  /** Powertools' own way there, by JMESPath, takes a tenth of what a webhook costs. */
  protected override getHashedIdempotencyKey(): string {
    return `${this.idempotencyKeyPrefix}#${this.options.keyHash}`;
  }

  protected override async _putRecord(record: IdempotencyRecord): Promise<void> {
    const { client, tableName, claimId, mintedSignalId, payloadHash, nowMs } = this.options;
    const result = await conditionally(() =>
      client.send(
        new PutCommand({
          TableName: tableName,
          Item: {
            id: record.idempotencyKey,
            status: 'INPROGRESS',
            expiration: record.expiryTimestamp,
            in_progress_expiration: record.inProgressExpiryTimestamp,
            validation: payloadHash,
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
    if (!isOf(payloadHash, stored)) {
      throw new PayloadConflict('The signal was received with another payload.');
    }
    const standing = await this.resolve(record, stored);
    if (standing) {
      throw new IdempotencyItemAlreadyExistsError('The signal was received before.', standing);
    }
  }

  /**
   * Finds out how far the signal came that was claimed before: its receipt says that it was accepted. Whether its
   * messages were sent, the receipt does not say; of an attempt that is just over they are sent once more, which adds
   * nothing if they were.
   *
   * @returns `undefined` when the work is ours now
   */
  private async resolve(record: IdempotencyRecord, stored: Stored): Promise<IdempotencyRecord | undefined> {
    const { in_progress_expiration: untilMs = RELEASED } = stored;
    if (stored.status === 'COMPLETED') {
      return asRecord(stored);
    }
    const nowMs = this.options.nowMs();
    const isOver = untilMs < nowMs;
    const wasReleased = untilMs === RELEASED || untilMs === RELEASED_UNFINISHED;
    const found = wasReleased ? undefined : await this.options.findAcceptance(this.signalId);
    if (found) {
      await (isOver && nowMs < untilMs + SEND_AGAIN_FOR_MS ? found.sendAgain() : undefined);
      return asRecord({ ...stored, status: 'COMPLETED', data: found.answer });
    }
    return isOver && (await this.takeOver(record, stored)) ? undefined : asRecord(stored);
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
          ConditionExpression: 'claim_id = :claim OR claim_id = :theirs',
          ExpressionAttributeValues: {
            ':claim': claimId,
            ':theirs': stored.claim_id,
            ':expiration': record.expiryTimestamp,
            ':inProgress': record.inProgressExpiryTimestamp,
          },
        }),
      ),
    );
    this.resumes = result.written && stored.in_progress_expiration !== RELEASED;
    return result.written;
  }

  /** Nothing is written: the receipt, which is durable by now, says that the work is done, and has the answer. */
  override async saveSuccess(): Promise<void> {}

  protected override async _updateRecord(): Promise<void> {}

  /** Never asked for: whoever finds a record is handed it. */
  protected override async _getRecord(): Promise<IdempotencyRecord> {
    throw new IdempotencyItemNotFoundError('A claim does not read records.');
  }

  protected override async _deleteRecord(record: IdempotencyRecord): Promise<void> {
    // What an earlier attempt may have sent is not undone by one that sent nothing itself.
    const isUnfinished = this.mayHaveSent || this.resumes;
    // An attempt that was overtaken changes nothing; its successor answers with the same signal id.
    const { client, tableName, claimId } = this.options;
    await conditionally(() =>
      client.send(
        new UpdateCommand({
          TableName: tableName,
          Key: { id: record.idempotencyKey },
          UpdateExpression: 'SET in_progress_expiration = :lapsed',
          ConditionExpression: 'claim_id = :claim',
          ExpressionAttributeValues: {
            ':claim': claimId,
            ':lapsed': isUnfinished ? RELEASED_UNFINISHED : RELEASED,
          },
        }),
      ),
    );
  }
}

/** Whether a record is of this payload; Powertools hashed the hash once more for version 0.1. */
function isOf(payloadHash: string, { validation }: Stored): boolean {
  return validation === payloadHash || validation === hash('sha256', JSON.stringify(payloadHash), 'base64');
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
  });
}
