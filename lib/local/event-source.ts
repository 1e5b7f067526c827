import { setTimeout as delay } from 'node:timers/promises';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { messageOf } from './errors.ts';
import type { InvocationResult } from './protocol.ts';
import { type QueueIdentity, sqsEvent, succeededMessages } from './sqs-event.ts';

/** How messages of one queue reach one function. */
export interface EventSourceSettings {
  readonly queueUrl: string;
  readonly queue: QueueIdentity;
  /** How many messages an invocation gets at most. */
  readonly batchSize: number;
  /** How many batches are worked on at once at most. */
  readonly concurrencyMax: number;
  /** Whether the function says which messages failed; otherwise they succeed or fail together. */
  readonly reportsBatchItemFailures: boolean;
}

/** What an event source calls. */
export interface EventSourceTarget {
  /** Works on an event; never rejects. */
  invoke(payload: string): Promise<InvocationResult>;
  /** Hears what went wrong. */
  onProblem(problem: string): void;
}

/** The longest that SQS lets a receiver wait. */
const WAIT_SECONDS = 20;

const PAUSE_AFTER_FAILURE_MS = 1_000;

/**
 * Hands the messages of a queue to a function, as Lambda's event source mapping does: what succeeded is deleted, and
 * what did not is left to become visible again.
 */
export class EventSource {
  readonly #client: SQSClient;
  readonly #settings: EventSourceSettings;
  readonly #target: EventSourceTarget;
  readonly #abort = new AbortController();
  readonly #batches = new Set<Promise<void>>();
  readonly #polling: Promise<void>;

  /** Starts at once. */
  constructor(client: SQSClient, settings: EventSourceSettings, target: EventSourceTarget) {
    this.#client = client;
    this.#settings = settings;
    this.#target = target;
    this.#polling = this.#poll();
  }

  /**
   * Receives no more, and waits for the batches in progress.
   *
   * @param graceMs how long to wait; their messages become visible again if it is not enough
   */
  async stop(graceMs: number): Promise<void> {
    this.#abort.abort();
    const done = this.#polling.then(() => Promise.all(this.#batches));
    const timer = new AbortController();
    await Promise.race([done, delay(graceMs, undefined, { signal: timer.signal }).catch(() => undefined)]);
    timer.abort();
  }

  async #poll(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      if (this.#batches.size >= this.#settings.concurrencyMax) {
        await Promise.race(this.#batches);
        continue;
      }
      const messages = await this.#receive();
      if (messages.length > 0) {
        const batch = this.#work(messages).finally(() => this.#batches.delete(batch));
        this.#batches.add(batch);
      }
    }
  }

  async #receive(): Promise<readonly Message[]> {
    const { queueUrl, batchSize } = this.#settings;
    const command = new ReceiveMessageCommand({
      QueueUrl: queueUrl,
      MaxNumberOfMessages: batchSize,
      WaitTimeSeconds: WAIT_SECONDS,
      MessageSystemAttributeNames: ['All'],
      MessageAttributeNames: ['All'],
    });
    try {
      const { Messages } = await this.#client.send(command, { abortSignal: this.#abort.signal });
      return Messages ?? [];
    } catch (error) {
      if (!this.#abort.signal.aborted) {
        this.#target.onProblem(`messages could not be received: ${messageOf(error)}`);
        await delay(PAUSE_AFTER_FAILURE_MS, undefined, { signal: this.#abort.signal }).catch(() => undefined);
      }
      return [];
    }
  }

  /** Never rejects: a batch that fails is received again. */
  async #work(messages: readonly Message[]): Promise<void> {
    try {
      const event = JSON.stringify(sqsEvent(messages, this.#settings.queue));
      const result = await this.#target.invoke(event);
      if (!result.ok) {
        return;
      }
      const isPartial = this.#settings.reportsBatchItemFailures;
      await this.#delete(isPartial ? succeededMessages(messages, result.payload) : messages);
    } catch (error) {
      this.#target.onProblem(`a batch could not be finished: ${messageOf(error)}`);
    }
  }

  async #delete(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) {
      return;
    }
    const { Failed } = await this.#client.send(
      new DeleteMessageBatchCommand({
        QueueUrl: this.#settings.queueUrl,
        Entries: messages.map(({ ReceiptHandle }, index) => ({ Id: String(index), ReceiptHandle })),
      }),
    );
    for (const failure of Failed ?? []) {
      this.#target.onProblem(`a message could not be deleted: ${failure.Message ?? failure.Code}`);
    }
  }
}
