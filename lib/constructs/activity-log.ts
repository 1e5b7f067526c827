import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { EventSourceMapping, FilterCriteria, FilterRule, StartingPosition } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';
import type { OnefillFunction } from './function.ts';
import type { LedgerTable } from './ledger-table.ts';

/** Properties of an {@link ActivityLog}. */
export interface ActivityLogProps {
  /** What reads the stream and writes the log. */
  readonly writer: OnefillFunction<'activity'>;
  readonly ledger: LedgerTable;
  /** Where ends what of the stream was given up on. */
  readonly failures: FailureQueue;
}

/** How many records one invocation gets at most, and how long Lambda waits for more: the log is seconds behind. */
const BATCH_SIZE = 100;
const BATCHING_WINDOW = Duration.seconds(1);
/** So many invocations at once per shard; the changes of one partition stay in order. */
const PARALLELIZATION_FACTOR = 2;
/** As often as Lambda takes. What bounds trying again is the record's age: an outage must not use up attempts. */
const RETRY_ATTEMPTS = 10_000;
/** Below the 24 hours after which a stream forgets, so that what is given up is told by the queue. */
const RECORD_AGE_MAX = Duration.hours(20);

const DELAY_ALARM = Duration.minutes(5);

/**
 * What of the ledger's stream is activity, by its keys. Catalogs, rate windows, sessions and the paper venue's own book
 * cost no invocation.
 */
const ACTIVITY = [
  FilterCriteria.filter({
    dynamodb: {
      Keys: {
        pk: {
          S: ['ACCOUNT#', 'STRATEGY#', 'WEBHOOK#', 'SIGNAL#'].flatMap((prefix) =>
            FilterRule.beginsWith(prefix),
          ),
        },
      },
    },
  }),
  FilterCriteria.filter({
    dynamodb: { Keys: { sk: { S: FilterRule.or('TOKEN', 'HALT') } } },
  }),
];

/**
 * The activity log, written from the ledger's stream: it costs the trade path nothing, and trading goes on while it is down.
 * What cannot be written is tried again for hours, in ever smaller batches, and then told by a queue.
 */
export class ActivityLog extends Construct {
  constructor(scope: Construct, id: string, { writer, ledger, failures }: ActivityLogProps) {
    super(scope, id);
    ledger.allowStream(writer);
    failures.allowSend(writer);
    new EventSourceMapping(this, 'EventSourceMapping', {
      target: writer.function,
      eventSourceArn: ledger.streamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: BATCH_SIZE,
      maxBatchingWindow: BATCHING_WINDOW,
      parallelizationFactor: PARALLELIZATION_FACTOR,
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      retryAttempts: RETRY_ATTEMPTS,
      maxRecordAge: RECORD_AGE_MAX,
      // The CDK's own destination would allow more than is needed.
      onFailure: { bind: () => ({ destination: failures.queueArn }) },
      filters: ACTIVITY,
    });
    this.#addAlarms(writer, failures);
  }

  #addAlarms(writer: OnefillFunction<'activity'>, failures: FailureQueue): void {
    const minutely = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };
    this.#addAlarm('DelayAlarm', {
      description: 'The activity log is minutes behind. Trading goes on; what operators see is old.',
      metric: writer.function.metric('IteratorAge', minutely),
      threshold: DELAY_ALARM.toMilliseconds(),
      evaluationPeriods: 1,
    });
    this.#addAlarm('FailureAlarm', {
      description: 'Changes of the ledger were given up on: they are missing in the activity log.',
      metric: failures.metrics.entries,
      threshold: 1,
      evaluationPeriods: 1,
    });
    this.#addAlarm('ErrorAlarm', {
      description: 'The activity function fails, three minutes in a row.',
      metric: writer.function.metricErrors({ statistic: Stats.SUM, period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 3,
    });
  }

  #addAlarm(
    id: string,
    alarm: {
      readonly description: string;
      readonly metric: IMetric;
      readonly threshold: number;
      readonly evaluationPeriods: number;
    },
  ): void {
    const { description, ...condition } = alarm;
    new Alarm(this, id, {
      ...condition,
      alarmDescription: description,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }
}
