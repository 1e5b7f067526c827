import type { Stack } from 'aws-cdk-lib';
import { Alarms, type AlarmsProps } from './alarms.ts';
import type { AlertsTopic } from './alerts-topic.ts';
import { Canary } from './canary.ts';
import { OperationsDashboard } from './dashboard.ts';
import type { FailureQueue } from './failure-queue.ts';
import type { OnefillFunction } from './function.ts';
import { LogMetrics } from './log-metrics.ts';
import { alarmsOf, completeAlarms } from './runbook.ts';

/** What of a stack is watched, and who is told. */
interface Watched extends AlarmsProps {
  readonly reconcile: OnefillFunction;
  readonly activity: OnefillFunction<'activity'>;
  readonly alerts: OnefillFunction<'alerts'>;
  readonly canary: OnefillFunction<'canary'>;
  /** Whether the canary runs by itself. */
  readonly runsCanary: boolean;
  /** Where ends what a function was given up on, by what it is called. */
  readonly failures: Readonly<Record<string, FailureQueue>>;
  readonly metricNamespace: string;
  /** Where operators are told of alarms. */
  readonly topic: AlertsTopic;
}

/**
 * Makes what operators look at in CloudWatch: alarms, the canary and the dashboard. Called when all else of the stack is
 * there, because every alarm of it is shown, and gets its runbook and somebody who is told.
 */
export function watch(stack: Stack, watched: Watched): void {
  const { ingest, strategy, reconcile, admin, authorizer, activity, alerts, metricNamespace, topic } =
    watched;
  const singer = watched.canary;
  const canary = new Canary(stack, 'CanaryRuns', { singer, enabled: watched.runsCanary, metricNamespace });
  new Alarms(stack, 'Alarms', watched);
  const functions = [ingest, strategy, reconcile, admin, authorizer, activity, alerts, singer];
  new OperationsDashboard(stack, 'Dashboard', {
    ...watched,
    canary,
    functions,
    logMetrics: new LogMetrics(stack, 'LogMetrics', { functions, reconciler: reconcile, metricNamespace }),
    alarms: alarmsOf(stack),
  });
  completeAlarms(stack, (alarm) => topic.notifyOf(alarm));
}
