import { Duration } from 'aws-cdk-lib';
import { Metric, Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { FilterPattern, type IFilterPattern, MetricFilter } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of {@link LogMetrics}. */
export interface LogMetricsProps {
  readonly functions: readonly OnefillFunction[];
  /** The one of {@link functions} that compares positions with the venues'. */
  readonly reconciler: OnefillFunction;
  readonly metricNamespace: string;
}

const MEMORY = 'MemoryUsedMb';
const COLD_STARTS = 'ColdStarts';
const DRIFTED = 'AccountsDrifted';

/**
 * Metrics of lines that functions write anyway, or once in minutes: they add no call to the path. Lambda's own lines would tell
 * memory and cold starts, too, at some 400 bytes for each invocation; they are switched off.
 */
export class LogMetrics extends Construct {
  readonly #namespace: string;

  constructor(scope: Construct, id: string, { functions, reconciler, metricNamespace }: LogMetricsProps) {
    super(scope, id);
    this.#namespace = metricNamespace;
    for (const source of functions) {
      this.#ofFunction(
        source,
        MEMORY,
        FilterPattern.numberValue('$.memoryUsedMb', '>=', 0),
        '$.memoryUsedMb',
      );
      this.#ofFunction(source, COLD_STARTS, FilterPattern.booleanValue('$.coldStart', true), '1');
    }
    new MetricFilter(this, DRIFTED, {
      logGroup: reconciler.logGroup,
      filterPattern: FilterPattern.numberValue('$.accounts.drifted', '>=', 0),
      metricNamespace,
      metricName: DRIFTED,
      metricValue: '$.accounts.drifted',
    });
  }

  /** The most that an environment of a function used, in MB. */
  memoryUsedMb(of: OnefillFunction): Metric {
    return this.#metric(MEMORY, Stats.MAXIMUM, Duration.minutes(5)).with({
      dimensionsMap: { function: of.name },
      label: of.name,
    });
  }

  /** How many environments of a function began. */
  coldStarts(of: OnefillFunction): Metric {
    return this.#metric(COLD_STARTS, Stats.SUM, Duration.minutes(1)).with({
      dimensionsMap: { function: of.name },
      label: of.name,
    });
  }

  /** How many accounts hold something else than their venue says, by the reconciler's last run. */
  get accountsDrifted(): Metric {
    return this.#metric(DRIFTED, Stats.MAXIMUM, Duration.minutes(1));
  }

  #ofFunction(
    source: OnefillFunction,
    name: string,
    filterPattern: IFilterPattern,
    metricValue: string,
  ): void {
    new MetricFilter(this, `${name}Of${source.node.id}`, {
      logGroup: source.logGroup,
      filterPattern,
      metricNamespace: this.#namespace,
      metricName: name,
      metricValue,
      dimensions: { function: '$.service' },
    });
  }

  #metric(metricName: string, statistic: string, period: Duration): Metric {
    return new Metric({ namespace: this.#namespace, metricName, statistic, period });
  }
}
