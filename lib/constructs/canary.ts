import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';
import { FunctionSchedule } from './schedule.ts';

/** Properties of {@link Canary}. */
export interface CanaryProps {
  readonly singer: OnefillFunction<'canary'>;
  /** Whether it runs by itself. Somebody can invoke it in any case. */
  readonly enabled: boolean;
  readonly metricNamespace: string;
}

const PERIOD = Duration.minutes(5);

/** One failure may be a deployment; the second in a row is not. */
const FAILURES_MAX = 2;

/** A signal that the stack sends itself every few minutes, and an alarm when it does not become an order. */
export class Canary extends Construct {
  /** How long the signal took to its record, the slowest of each period. */
  readonly latency: Metric;
  /** 1 where it became an order, 0 where it did not. */
  readonly success: Metric;

  constructor(scope: Construct, id: string, { singer, enabled, metricNamespace }: CanaryProps) {
    super(scope, id);
    const metric = (metricName: string, statistic: string) =>
      new Metric({
        namespace: metricNamespace,
        metricName,
        dimensionsMap: { service: singer.name },
        statistic,
        period: PERIOD,
      });
    this.latency = metric('CanaryLatencyMs', Stats.MAXIMUM);
    this.success = metric('CanarySuccess', Stats.MINIMUM);
    new FunctionSchedule(this, 'Schedule', { target: singer, period: PERIOD, enabled });
    if (enabled) {
      new Alarm(this, 'FailingAlarm', {
        alarmDescription:
          'The canary fails or does not run: a signal sent from outside does not become an order.',
        metric: singer.function.metricErrors({ statistic: Stats.SUM, period: PERIOD }),
        threshold: 1,
        evaluationPeriods: FAILURES_MAX,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        // Where it does not run, there is no count of its errors either.
        treatMissingData: TreatMissingData.BREACHING,
      });
    }
  }
}
