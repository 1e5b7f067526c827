import { createHash } from 'node:crypto';
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageCommand,
  type Message,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import type { Clock } from '../../functions/core/clock.ts';
import { sqsEvent, succeededMessages } from '../../lib/local/sqs-event.ts';

/** A FIFO queue in this process, without waiting: what SQS is to the code that uses it. */
export interface ModelQueue {
  readonly client: SQSClient;
  readonly url: string;
  /** Receives as Lambda does, up to ten messages; `undefined` when no group has one to give at this moment. */
  deliver(batchSize?: number): Delivery | undefined;
  /** Every message that is in the queue, hidden or not, oldest first. */
  messages(): readonly StoredMessage[];
  /** Every message that was ever put into it, oldest first: as it was then. */
  readonly history: readonly StoredMessage[];
  /** SQS delivers at least once: a message that somebody has received is visible again before its time. */
  redeliver(messageId: string): void;
  /** When a hidden message comes back next, milliseconds since the epoch. */
  nextVisibleAtMs(): number | undefined;
  /** A queue with the same messages that goes its own way, on a clock and with a dead-letter queue of its own. */
  fork(its: Pick<ModelQueueOptions, 'clock' | 'deadLetterQueue'>): ModelQueue;
}

/** One event for a function, and what becomes of its messages when the function has answered. */
export interface Delivery {
  readonly event: SQSEvent;
  /**
   * The function's answer: what it does not report as failed is deleted. Never called for a function that died: its
   * messages come back when their time is over.
   */
  answer(response: SQSBatchResponse | undefined): void;
}

export interface StoredMessage {
  readonly messageId: string;
  readonly groupId: string;
  readonly deduplicationId: string;
  readonly body: string;
  readonly sentAtMs: number;
  readonly receiveCount: number;
  /** Absent until it is received for the first time. */
  readonly firstReceivedAtMs?: number;
  /** Until then the message is hidden, and its group with it. */
  readonly hiddenUntilMs: number;
}

export interface ModelQueueOptions {
  /** @default 'accounts.fifo' */
  readonly name?: string;
  readonly clock: Clock;
  /** How long a received message is hidden unless somebody says otherwise. */
  readonly visibilityTimeoutSeconds: number;
  /** A message that was received this often goes to the dead-letter queue instead of being received again. */
  readonly maxReceiveCount?: number;
  readonly deadLetterQueue?: ModelQueue;
}

const DEFAULT_NAME = 'accounts.fifo';
const BATCH_MAX = 10;
const DEDUPLICATION_MS = 300_000;
const MILLISECONDS = 1_000;
const VALID_ID = /^[A-Za-z0-9!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]{1,128}$/;

type Stored = { -readonly [Property in keyof StoredMessage]: StoredMessage[Property] };

/** Messages to put into another model queue, past its client. */
const moves = new WeakMap<ModelQueue, (message: Stored) => void>();

/** An empty queue. */
export function modelQueue(options: ModelQueueOptions): ModelQueue {
  return queueOf(options, new Stock(options));
}

function queueOf(options: ModelQueueOptions, stock: Stock): ModelQueue {
  const { clock, name = DEFAULT_NAME } = options;
  const url = `https://sqs.model/${name}`;
  const arn = `arn:aws:sqs:model:000000000000:${name}`;
  const send = async (command: object): Promise<unknown> => {
    const input = (command as { readonly input: { readonly QueueUrl?: string } }).input;
    if (input.QueueUrl !== url) {
      throw invalid('NonExistentQueue', `There is no queue ${input.QueueUrl}.`);
    }
    return perform(stock, command);
  };
  const queue: ModelQueue = {
    client: Object.create(SQSClient.prototype, {
      send: { value: send, writable: true, configurable: true },
    }) as SQSClient,
    url,
    deliver(batchSize = BATCH_MAX) {
      const received = stock.receive(batchSize, options.visibilityTimeoutSeconds);
      const messages = received.map((message) => asMessage(message));
      if (messages.length === 0) {
        return undefined;
      }
      return {
        event: sqsEvent(messages, { arn, region: 'model' }) as SQSEvent,
        answer: (response) => {
          for (const { ReceiptHandle = '' } of succeededMessages(
            messages,
            JSON.stringify(response ?? null),
          )) {
            stock.remove(ReceiptHandle);
          }
        },
      };
    },
    messages: () => stock.messages.map((message) => ({ ...message })),
    history: stock.history,
    redeliver: (messageId) => {
      for (const message of stock.messages.filter((each) => each.messageId === messageId)) {
        message.hiddenUntilMs = 0;
      }
    },
    nextVisibleAtMs: () => {
      const hidden = stock.messages
        .map(({ hiddenUntilMs }) => hiddenUntilMs)
        .filter((hiddenUntilMs) => hiddenUntilMs > clock.now());
      return hidden.length === 0 ? undefined : Math.min(...hidden);
    },
    fork: (its) => {
      const { deadLetterQueue: _, ...same } = options;
      const forked = { ...same, ...its };
      return queueOf(forked, stock.copy(forked));
    },
  };
  moves.set(queue, (message) => stock.messages.push({ ...message, receiveCount: 0, hiddenUntilMs: 0 }));
  return queue;
}

function perform(stock: Stock, command: object): unknown {
  const $metadata = { httpStatusCode: 200 };
  if (command instanceof SendMessageBatchCommand) {
    const entries = batchOf(command.input.Entries);
    return { $metadata, Successful: entries.map((entry) => ({ Id: entry.Id, ...stock.send(entry) })) };
  }
  if (command instanceof ChangeMessageVisibilityBatchCommand) {
    const results = batchOf(command.input.Entries).map(
      ({ Id, ReceiptHandle = '', VisibilityTimeout = 0 }) => ({
        Id,
        done: stock.hide(ReceiptHandle, VisibilityTimeout),
      }),
    );
    return {
      $metadata,
      Successful: results.filter(({ done }) => done).map(({ Id }) => ({ Id })),
      Failed: results
        .filter(({ done }) => !done)
        .map(({ Id }) => ({ Id, Code: 'InvalidParameterValue', SenderFault: true })),
    };
  }
  if (command instanceof ReceiveMessageCommand) {
    const { MaxNumberOfMessages = 1, VisibilityTimeout } = command.input;
    return { $metadata, Messages: stock.receive(MaxNumberOfMessages, VisibilityTimeout).map(asMessage) };
  }
  if (command instanceof DeleteMessageCommand) {
    if (!stock.remove(command.input.ReceiptHandle ?? '')) {
      throw invalid('InvalidParameterValue', 'The receipt handle has expired.');
    }
    return { $metadata };
  }
  throw new Error(`The model of SQS does not know ${command.constructor.name}.`);
}

/** SQS refuses a batch as a whole when it is empty, too large, or names an entry twice. */
function batchOf<Entry extends { readonly Id?: string | undefined }>(entries: readonly Entry[] = []) {
  const ids = new Set(entries.map(({ Id }) => Id));
  if (entries.length === 0 || entries.length > BATCH_MAX || ids.size < entries.length || ids.has(undefined)) {
    throw invalid(
      'InvalidBatch',
      `A batch of ${entries.length} entries, ${ids.size} of them named differently.`,
    );
  }
  return entries;
}

function invalid(name: string, message: string): Error {
  return Object.assign(new Error(message), { name });
}

/** The messages of one queue, in the order in which they were sent. */
class Stock {
  readonly messages: Stored[] = [];
  readonly history: StoredMessage[] = [];
  private readonly options: ModelQueueOptions;
  /** By deduplication id: what was sent under it last, whether or not it is still there. */
  private readonly sent = new Map<string, { readonly messageId: string; readonly atMs: number }>();
  private count = 0;

  constructor(options: ModelQueueOptions) {
    this.options = options;
  }

  copy(options: ModelQueueOptions): Stock {
    const copy = new Stock(options);
    copy.messages.push(...this.messages.map((message) => ({ ...message })));
    copy.history.push(...this.history);
    for (const [id, sent] of this.sent) {
      copy.sent.set(id, sent);
    }
    copy.count = this.count;
    return copy;
  }

  send(entry: {
    readonly MessageBody?: string | undefined;
    readonly MessageGroupId?: string | undefined;
    readonly MessageDeduplicationId?: string | undefined;
    readonly DelaySeconds?: number | undefined;
  }): { MessageId: string } {
    const { MessageBody: body, MessageGroupId: groupId = '', MessageDeduplicationId: id = '' } = entry;
    if (!body || !VALID_ID.test(groupId) || !VALID_ID.test(id) || entry.DelaySeconds !== undefined) {
      throw invalid('InvalidParameterValue', `Not a message of a FIFO queue: ${JSON.stringify(entry)}`);
    }
    const nowMs = this.options.clock.now();
    const known = this.sent.get(id);
    if (known !== undefined && nowMs - known.atMs < DEDUPLICATION_MS) {
      return { MessageId: known.messageId };
    }
    this.count += 1;
    const messageId = `${this.options.name ?? DEFAULT_NAME}-${this.count}`;
    this.sent.set(id, { messageId, atMs: nowMs });
    const message = { messageId, groupId, deduplicationId: id, body, sentAtMs: nowMs };
    this.messages.push({ ...message, receiveCount: 0, hiddenUntilMs: 0 });
    this.history.push({ ...message, receiveCount: 0, hiddenUntilMs: 0 });
    return { MessageId: messageId };
  }

  /** The oldest messages of every group that has none hidden, those of one group in order. */
  receive(take: number, hiddenSeconds = this.options.visibilityTimeoutSeconds): Stored[] {
    const nowMs = this.options.clock.now();
    this.buryExhausted(nowMs);
    const blocked = new Set(
      this.messages.filter(({ hiddenUntilMs }) => hiddenUntilMs > nowMs).map(({ groupId }) => groupId),
    );
    const received = this.messages.filter(({ groupId }) => !blocked.has(groupId)).slice(0, take);
    for (const message of received) {
      message.receiveCount += 1;
      message.firstReceivedAtMs ??= nowMs;
      message.hiddenUntilMs = nowMs + hiddenSeconds * MILLISECONDS;
    }
    return received.map((message) => ({ ...message }));
  }

  private buryExhausted(nowMs: number): void {
    const { maxReceiveCount = Number.POSITIVE_INFINITY, deadLetterQueue } = this.options;
    const exhausted = this.messages.filter(
      ({ receiveCount, hiddenUntilMs }) => receiveCount >= maxReceiveCount && hiddenUntilMs <= nowMs,
    );
    for (const message of exhausted) {
      this.messages.splice(this.messages.indexOf(message), 1);
      if (deadLetterQueue) {
        moves.get(deadLetterQueue)?.(message);
      }
    }
  }

  /** @returns false when the handle is not of the last receive, or its time is over */
  hide(receiptHandle: string, seconds: number): boolean {
    const message = this.held(receiptHandle);
    if (message) {
      message.hiddenUntilMs = this.options.clock.now() + seconds * MILLISECONDS;
    }
    return message !== undefined;
  }

  /** @returns false when the handle is not of the last receive, or its time is over */
  remove(receiptHandle: string): boolean {
    const message = this.held(receiptHandle);
    if (message) {
      this.messages.splice(this.messages.indexOf(message), 1);
    }
    return message !== undefined;
  }

  private held(receiptHandle: string): Stored | undefined {
    const nowMs = this.options.clock.now();
    return this.messages.find(
      (message) => handleOf(message) === receiptHandle && message.hiddenUntilMs > nowMs,
    );
  }
}

function handleOf({ messageId, receiveCount }: StoredMessage): string {
  return `${messageId}/${receiveCount}`;
}

function asMessage(message: StoredMessage): Message {
  return {
    MessageId: message.messageId,
    ReceiptHandle: handleOf(message),
    Body: message.body,
    MD5OfBody: createHash('md5').update(message.body).digest('hex'),
    Attributes: {
      ApproximateReceiveCount: String(message.receiveCount),
      SentTimestamp: String(message.sentAtMs),
      ...(message.firstReceivedAtMs === undefined
        ? {}
        : { ApproximateFirstReceiveTimestamp: String(message.firstReceivedAtMs) }),
      MessageGroupId: message.groupId,
      MessageDeduplicationId: message.deduplicationId,
      SequenceNumber: (message.messageId.split('-').at(-1) ?? '').padStart(20, '0'),
    },
  };
}
