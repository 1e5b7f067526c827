import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';

/** The counters among the figures, under the names that `activity` emits them by. */
export type FigureName =
  | 'SignalsAccepted'
  | 'SignalsRefused'
  | 'SignalsDuplicated'
  | 'ExecutionsCompleted'
  | 'ExecutionsSkipped'
  | 'ExecutionsRejected'
  | 'ExecutionsRolledBack'
  | 'ExecutionsHalted'
  | 'ExecutionsUnknown'
  | 'ExecutionsResolved'
  | 'OrdersFilled'
  | 'OrdersWorking'
  | 'OrdersEnded'
  | 'OrdersRefused'
  | 'OrdersUnknown'
  | 'Retries'
  | 'LockContentions'
  | 'LockTimeouts'
  | 'CrashesRecovered'
  | 'CircuitsOpened'
  | 'CircuitsClosed'
  | 'Halts';

/** The stages whose latency is among the figures. */
export type LatencyName = 'QueueLatencyMs' | 'PlaceLatencyMs' | 'ExecutionLatencyMs' | 'WholeLatencyMs';

/** The metrics that `activity` emits, read back by the minute. */
export class FigureMetrics {
  readonly #namespace: string;

  constructor(namespace: string) {
    this.#namespace = namespace;
  }

  /** How many there were. */
  count(metricName: FigureName): Metric {
    return this.#metric(metricName, Stats.SUM);
  }

  /** What so many percent of them took at most. */
  latency(metricName: LatencyName, percent: number): Metric {
    return this.#metric(metricName, Stats.percentile(percent)).with({
      label: `${metricName.replace('LatencyMs', '')} p${percent}`,
    });
  }

  #metric(metricName: string, statistic: string): Metric {
    return new Metric({
      namespace: this.#namespace,
      metricName,
      dimensionsMap: { service: 'activity' },
      statistic,
      period: Duration.minutes(1),
    });
  }
}
