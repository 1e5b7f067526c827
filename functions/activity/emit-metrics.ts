import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { COUNTERS, type Figures } from '../core/figures.ts';
import { LATENCY_STAGES } from '../core/latency.ts';

/**
 * Emits figures as metrics: one line of the log for each call, from which CloudWatch takes them. They have no dimension but
 * the service's name, so that there are never more of them than names; `lib/constructs/figures.ts` has the same names.
 *
 * @param stage their namespace is `onefill/<stage>`
 */
export function emitMetrics(stage: string): (figures: Figures) => void {
  const metrics = new Metrics({ namespace: `onefill/${stage}`, serviceName: 'activity' });
  return ({ counts, latenciesMs }) => {
    for (const counter of COUNTERS) {
      const count = counts[counter];
      if (count !== undefined) {
        metrics.addMetric(metricName(counter), MetricUnit.Count, count);
      }
    }
    for (const stage of LATENCY_STAGES) {
      for (const latencyMs of latenciesMs[stage]) {
        metrics.addMetric(metricName(`${stage}LatencyMs`), MetricUnit.Milliseconds, latencyMs);
      }
    }
    metrics.publishStoredMetrics();
  };
}

function metricName(name: string): string {
  return `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
}
