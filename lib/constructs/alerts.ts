import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter, SubscriptionFilter } from 'aws-cdk-lib/aws-logs';
import { LambdaDestination } from 'aws-cdk-lib/aws-logs-destinations';
import { Construct } from 'constructs';
import type { FailureQueue } from './failure-queue.ts';
import type { OnefillFunction } from './function.ts';

/** Properties of {@link Alerts}. */
export interface AlertsProps {
  /** The functions that raise alerts: lines of their logs with an object `alert` in them. */
  readonly raisedBy: readonly OnefillFunction[];
  /** The function that keeps alerts and tells operators. */
  readonly keptBy: OnefillFunction<'alerts'>;
  /** The reconciler, which has to run every minute. */
  readonly reconciler: OnefillFunction;
  /** Under which namespace alerts are counted. */
  readonly metricNamespace: string;
  /** Where alerts end that could not be kept or sent. */
  readonly failures: FailureQueue;
}

/** A severity that somebody must hear of. */
interface Severity {
  readonly severity: string;
  readonly id: string;
  readonly meaning: string;
}

const CRITICAL: Severity = { severity: 'CRITICAL', id: 'Critical', meaning: 'Money is at risk now' };
const HIGH: Severity = { severity: 'HIGH', id: 'High', meaning: 'Something needs an operator soon' };

/** How many minutes in a row the reconciler may fail: what one run missed, the next one makes good. */
const RECONCILER_FAILURES_MAX = 3;

/**
 * Brings alerts to operators. Functions raise an alert by a line of their log, which costs the path no call. From there it goes
 * two ways that do not depend on each other: to the function `alerts`, which keeps it and tells operators in words, and into a
 * metric whose alarm tells them that there is something.
 */
export class Alerts extends Construct {
  /** Goes off at the first alert of severity CRITICAL. */
  readonly criticalAlarm: Alarm;

  /** @throws Error when the function that keeps alerts is among those that raise them: it would tell itself for ever */
  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    if (props.raisedBy.includes(props.keptBy)) {
      throw new Error(
        'The function that keeps alerts must not be sent its own log: each line would make another.',
      );
    }
    this.#subscribe(props);
    this.#addFailures(props);
    this.criticalAlarm = this.#addSeverity(CRITICAL, props);
    this.#addSeverity(HIGH, props);
    this.#addReconcilerAlarm(props);
  }

  #subscribe({ raisedBy, keptBy }: AlertsProps): void {
    for (const source of raisedBy) {
      new SubscriptionFilter(this, `From${source.node.id}`, {
        logGroup: source.logGroup,
        filterPattern: FilterPattern.exists('$.alert.type'),
        destination: new LambdaDestination(keptBy.function),
      });
    }
  }

  /** CloudWatch Logs invokes the function without waiting: Lambda tries it three times, then what it got is kept here. */
  #addFailures({ keptBy, failures }: AlertsProps): void {
    failures.allowSend(keptBy);
    keptBy.function.configureAsyncInvoke({
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: { bind: () => ({ destination: failures.queueArn }) },
    });
    new Alarm(this, 'FailuresAlarm', {
      alarmDescription:
        'Alerts could not be kept or sent: they are in the queue, and in the logs of the functions.',
      metric: failures.metrics.entries,
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #addSeverity({ severity, id, meaning }: Severity, { raisedBy, metricNamespace }: AlertsProps): Alarm {
    const metricName = `${id}Alerts`;
    for (const source of raisedBy) {
      new MetricFilter(this, `${id}From${source.node.id}`, {
        logGroup: source.logGroup,
        filterPattern: FilterPattern.stringValue('$.alert.severity', '=', severity),
        metricNamespace,
        metricName,
        metricValue: '1',
      });
    }
    return new Alarm(this, `${id}Alarm`, {
      alarmDescription: `${meaning}: the alerts are at /api/v1/monitoring/alerts, and in the logs of the functions.`,
      metric: new Metric({
        namespace: metricNamespace,
        metricName,
        statistic: Stats.SUM,
        period: Duration.minutes(1),
      }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  }

  #addReconcilerAlarm({ reconciler }: AlertsProps): void {
    new Alarm(this, 'ReconcilerAlarm', {
      alarmDescription:
        'The reconciler fails, or does not run: nobody looks after orphans, unknown orders and drift.',
      metric: reconciler.function.metricErrors({ statistic: Stats.SUM, period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: RECONCILER_FAILURES_MAX,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      // Where there are no runs, there is no count of their errors either.
      treatMissingData: TreatMissingData.BREACHING,
    });
  }
}
