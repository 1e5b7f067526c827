import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of {@link Alerts}. */
export interface AlertsProps {
  /** The functions that raise alerts: lines of their logs with an object `alert` in them. */
  readonly raisedBy: readonly OnefillFunction[];
  /** The reconciler, which has to run every minute. */
  readonly reconciler: OnefillFunction;
  /** Under which namespace alerts are counted. */
  readonly metricNamespace: string;
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
 * Turns alerts into alarms. Functions raise an alert by a line of their log, which costs the path no call; here each
 * line is counted, and the first one sets off the alarm of its severity.
 */
export class Alerts extends Construct {
  /** Goes off at the first critical alert. */
  readonly criticalAlarm: Alarm;

  constructor(scope: Construct, id: string, props: AlertsProps) {
    super(scope, id);
    this.criticalAlarm = this.#addSeverity(CRITICAL, props);
    this.#addSeverity(HIGH, props);
    this.#addReconcilerAlarm(props.reconciler);
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
      alarmDescription: `${meaning}: the alerts are in the logs of the functions.`,
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

  #addReconcilerAlarm(reconciler: OnefillFunction): void {
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
