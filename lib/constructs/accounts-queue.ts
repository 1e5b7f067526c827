import { Duration, type RemovalPolicy } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda';
import {
  DeduplicationScope,
  FifoThroughputLimit,
  Queue,
  QueueEncryption,
  type QueueProps,
} from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of an {@link AccountsQueue}. */
export interface AccountsQueueProps {
  /** How long a received message stays hidden, unless its receiver says otherwise: up to 12 hours. */
  readonly visibilityTimeout: Duration;
  /**
   * How long an execution may wait in the queue.
   *
   * @default 4 days
   */
  readonly retention?: Duration;
  /**
   * How long a message stays in the dead-letter queue. SQS counts from when the message was first sent, so
   * this must be longer than `retention`.
   *
   * @default 14 days, the longest there is
   */
  readonly deadLetterRetention?: Duration;
  /**
   * How often a message is received before it is a dead letter. Waiting for an account, and every return for want of
   * time, count as well.
   *
   * @default 30
   */
  readonly maxReceiveCount?: number;
  /** What becomes of the queues, and of the executions in them, when they leave the stack. */
  readonly removalPolicy: RemovalPolicy;
}

/** How a function consumes the queue. */
export interface AccountsQueueConsumerOptions {
  /** How many accounts are worked on at once at most, 2 to 1000. */
  readonly concurrencyMax: number;
  /**
   * How many messages one invocation gets at most, 1 to 10.
   *
   * @default 10
   */
  readonly batchSize?: number;
}

const BATCH_SIZE_MAX = 10;
const CONCURRENCY_MIN = 2;
const CONCURRENCY_MAX = 1_000;

/** What makes a FIFO queue a high throughput one: duplicates and limits are counted per group, not per queue. */
const HIGH_THROUGHPUT_FIFO = {
  fifo: true,
  contentBasedDeduplication: false,
  deduplicationScope: DeduplicationScope.MESSAGE_GROUP,
  fifoThroughputLimit: FifoThroughputLimit.PER_MESSAGE_GROUP_ID,
  encryption: QueueEncryption.SQS_MANAGED,
  enforceSSL: true,
} as const satisfies QueueProps;

/** The queue of executions, one group per account, with its dead-letter queue. */
export class AccountsQueue extends Construct {
  readonly queueUrl: string;
  readonly deadLetterQueueUrl: string;
  /** Goes off at the first dead letter. */
  readonly deadLetterAlarm: Alarm;
  readonly #queue: Queue;
  readonly #deadLetterQueue: Queue;
  readonly #visibilityTimeout: Duration;

  constructor(scope: Construct, id: string, props: AccountsQueueProps) {
    super(scope, id);
    const retention = props.retention ?? Duration.days(4);
    const deadLetterRetention = props.deadLetterRetention ?? Duration.days(14);
    const maxReceiveCount = props.maxReceiveCount ?? 30;
    assertEveryReceiveFits(props.visibilityTimeout, maxReceiveCount, retention);
    assertDeadLettersOutlive(retention, deadLetterRetention);
    this.#visibilityTimeout = props.visibilityTimeout;

    this.#deadLetterQueue = new Queue(this, 'DeadLetterQueue', {
      ...HIGH_THROUGHPUT_FIFO,
      retentionPeriod: deadLetterRetention,
      removalPolicy: props.removalPolicy,
    });
    this.#queue = new Queue(this, 'Queue', {
      ...HIGH_THROUGHPUT_FIFO,
      retentionPeriod: retention,
      visibilityTimeout: props.visibilityTimeout,
      deadLetterQueue: { queue: this.#deadLetterQueue, maxReceiveCount },
      removalPolicy: props.removalPolicy,
    });
    this.queueUrl = this.#queue.queueUrl;
    this.deadLetterQueueUrl = this.#deadLetterQueue.queueUrl;
    this.deadLetterAlarm = alarmOnDeadLetters(this, this.#deadLetterQueue);
  }

  /** What CloudWatch knows of the queues, by the minute. */
  get metrics() {
    const minutely = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };
    return {
      oldestAgeSeconds: this.#queue.metricApproximateAgeOfOldestMessage(minutely),
      waiting: this.#queue.metricApproximateNumberOfMessagesVisible(minutely),
      inFlight: this.#queue.metricApproximateNumberOfMessagesNotVisible(minutely),
      deadLetters: this.#deadLetterQueue.metricApproximateNumberOfMessagesVisible(minutely),
    };
  }

  /** Lets a function put executions into the queue. */
  allowSend(grantee: OnefillFunction): void {
    grantee.allow(['sqs:SendMessage'], [this.#queue.queueArn]);
  }

  /** Lets a function see how many dead letters there are. */
  allowCountDeadLetters(grantee: OnefillFunction): void {
    grantee.allow(['sqs:GetQueueAttributes'], [this.#deadLetterQueue.queueArn]);
  }

  /** Lets a function see how many executions wait. */
  allowLook(grantee: OnefillFunction): void {
    grantee.allow(['sqs:GetQueueAttributes'], [this.#queue.queueArn]);
  }

  /** Lets a function look at dead letters, hide them while it does, and take them out. */
  allowRedrive(grantee: OnefillFunction): void {
    grantee.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      [this.#deadLetterQueue.queueArn],
    );
  }

  /**
   * Has a function work on the queue's messages, in order within a group. The function answers with the
   * messages that failed, and may hide a message for a shorter or longer time than the queue does.
   *
   * @throws Error when the function may run longer than its messages stay hidden, for another would then work on
   * the same message
   */
  addConsumer(consumer: OnefillFunction, options: AccountsQueueConsumerOptions): void {
    const batchSize = options.batchSize ?? BATCH_SIZE_MAX;
    assertBetween('batch size', batchSize, 1, BATCH_SIZE_MAX);
    assertBetween('maximum concurrency', options.concurrencyMax, CONCURRENCY_MIN, CONCURRENCY_MAX);
    assertHiddenWhileWorkedOn(consumer.timeout, this.#visibilityTimeout);

    consumer.allow(
      ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes', 'sqs:ChangeMessageVisibility'],
      [this.#queue.queueArn],
    );
    new EventSourceMapping(this, 'EventSourceMapping', {
      target: consumer.invoked,
      eventSourceArn: this.#queue.queueArn,
      batchSize,
      maxConcurrency: options.concurrencyMax,
      reportBatchItemFailures: true,
    });
  }
}

/** I7: an execution that ends in the dead-letter queue is one that somebody has to look at, from the first on. */
function alarmOnDeadLetters(scope: Construct, deadLetterQueue: Queue): Alarm {
  return new Alarm(scope, 'DeadLetterAlarm', {
    alarmDescription:
      'Executions are in the dead-letter queue: they were not finished and nobody tries again.',
    metric: deadLetterQueue.metricApproximateNumberOfMessagesVisible({
      statistic: Stats.MAXIMUM,
      period: Duration.minutes(1),
    }),
    threshold: 1,
    evaluationPeriods: 1,
    comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
    treatMissingData: TreatMissingData.NOT_BREACHING,
  });
}

function assertHiddenWhileWorkedOn(timeout: Duration, visibilityTimeout: Duration): void {
  if (timeout.toSeconds() > visibilityTimeout.toSeconds()) {
    throw new Error(
      `The consumer's timeout of ${timeout.toSeconds()} s exceeds the queue's visibility timeout of ` +
        `${visibilityTimeout.toSeconds()} s: a message would be worked on twice at once.`,
    );
  }
}

function assertEveryReceiveFits(
  visibilityTimeout: Duration,
  maxReceiveCount: number,
  retention: Duration,
): void {
  assertBetween('maximum receive count', maxReceiveCount, 1, 1_000);
  const seconds = visibilityTimeout.toSeconds() * maxReceiveCount;
  if (seconds >= retention.toSeconds()) {
    throw new Error(
      `${maxReceiveCount} receives take ${seconds} s; a message would be dropped after its retention of ` +
        `${retention.toSeconds()} s, before it could become a dead letter.`,
    );
  }
}

function assertDeadLettersOutlive(retention: Duration, deadLetterRetention: Duration): void {
  if (deadLetterRetention.toSeconds() <= retention.toSeconds()) {
    throw new Error(
      `Dead letters are kept for ${deadLetterRetention.toSeconds()} s from when they were first sent; that must ` +
        `exceed the queue's retention of ${retention.toSeconds()} s.`,
    );
  }
}

function assertBetween(what: string, value: number, min: number, max: number): void {
  if (!Number.isInteger(value) || value < min || value > max) {
    throw new Error(`The ${what} is ${value}; choose a whole number from ${min} to ${max}.`);
  }
}
