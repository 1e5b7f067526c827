import type { SQSRecord } from 'aws-lambda';

/** A message as it was sent. */
export interface SentMessage {
  readonly id: string;
  readonly group: string;
  readonly body: string;
}

interface Held extends SentMessage {
  readonly receives: number;
  readonly state: 'visible' | 'in-flight';
}

/**
 * A FIFO queue as SQS describes it: a delivery may hold messages of several groups, and several of one group, always
 * the oldest of it and without a gap; a group with a message in flight gives no other.
 */
export class FifoQueue {
  #messages: readonly Held[];
  readonly #receivesMax: number;
  readonly deadLetters: SentMessage[] = [];

  constructor(messages: readonly SentMessage[], receivesMax: number) {
    this.#messages = messages.map((message) => ({ ...message, receives: 0, state: 'visible' }));
    this.#receivesMax = receivesMax;
  }

  get isEmpty(): boolean {
    return this.#messages.length === 0;
  }

  /** @param share which of the messages that could be delivered are: SQS promises none of them */
  receive(batchSize: number, share: (message: SentMessage) => boolean): SQSRecord[] {
    const closed = new Set(
      this.#messages.filter(({ state }) => state === 'in-flight').map(({ group }) => group),
    );
    const taken: Held[] = [];
    for (const message of this.#messages) {
      if (closed.has(message.group) || taken.length === batchSize || !share(message)) {
        closed.add(message.group);
        continue;
      }
      if (message.receives === this.#receivesMax) {
        this.#remove(message.id);
        this.deadLetters.push(message);
        continue;
      }
      taken.push({ ...message, receives: message.receives + 1, state: 'in-flight' });
    }
    this.#update(taken);
    return taken.map(recordOf);
  }

  /** Deletes what was done and makes the rest visible again. */
  finish(records: readonly SQSRecord[], failed: ReadonlySet<string>): void {
    for (const { messageId } of records) {
      if (!failed.has(messageId)) {
        this.#remove(messageId);
      }
    }
    const back = this.#messages.filter(({ id }) => failed.has(id));
    this.#update(back.map((message) => ({ ...message, state: 'visible' })));
  }

  #remove(id: string): void {
    this.#messages = this.#messages.filter((message) => message.id !== id);
  }

  #update(changed: readonly Held[]): void {
    const byId = new Map(changed.map((message) => [message.id, message]));
    this.#messages = this.#messages.map((message) => byId.get(message.id) ?? message);
  }
}

function recordOf({ id, group, body, receives }: Held): SQSRecord {
  return {
    messageId: id,
    receiptHandle: `${id}-${receives}`,
    body,
    attributes: {
      ApproximateReceiveCount: String(receives),
      SentTimestamp: '0',
      SenderId: 'sender',
      ApproximateFirstReceiveTimestamp: '0',
      MessageGroupId: group,
    },
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: 'arn:aws:sqs:us-east-1:000000000000:accounts.fifo',
    awsRegion: 'us-east-1',
  };
}
