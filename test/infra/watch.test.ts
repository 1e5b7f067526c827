import { describe, expect, it } from 'vitest';
import { COUNTERS } from '../../functions/core/figures.ts';
import { LATENCY_STAGES } from '../../functions/core/latency.ts';
import { ENVIRONMENT_CONTRACT } from '../../functions/shared/environment.ts';
import { beginInvocation, createLogger } from '../../functions/shared/telemetry.ts';
import { readDocument } from '../docs/documents.ts';
import { lambdaContext } from '../support/http-event.ts';
import { linesOf } from '../support/log-lines.ts';
import { render, resourceOf, resourcesOf, templateOf } from './synthesized.ts';

interface AlarmProperties {
  readonly AlarmDescription: string;
  readonly Threshold?: number;
  readonly EvaluationPeriods?: number;
  readonly DatapointsToAlarm?: number;
  readonly MetricName?: string;
  readonly Period?: number;
  readonly TreatMissingData?: string;
}

const ALARMS = 'AWS::CloudWatch::Alarm';
const COMPOSITE = 'AWS::CloudWatch::CompositeAlarm';

/** Each alarm's place in the runbook, and when it goes off: `threshold, minutes of minutes`. */
const CONDITIONS: Readonly<Record<string, readonly [anchor: string, threshold: number, minutes: string]>> = {
  AccountsDeadLetterAlarm: ['accounts-dead-letter', 1, '1 of 1'],
  ActivityLogDelayAlarm: ['activity-log-delay', 300_000, '1 of 1'],
  ActivityLogErrorAlarm: ['activity-log-error', 1, '3 of 3'],
  ActivityLogFailureAlarm: ['activity-log-failure', 1, '1 of 1'],
  AlarmsAdminErrorsAlarm: ['alarms-admin-errors', 1, '2 of 5'],
  AlarmsAdminThrottlesAlarm: ['alarms-admin-throttles', 1, '2 of 5'],
  AlarmsApiErrorsAlarm: ['alarms-api-errors', 1, '2 of 5'],
  AlarmsApiLatencyAlarm: ['alarms-api-latency', 1_500, '3 of 5'],
  AlarmsAuthorizerErrorsAlarm: ['alarms-authorizer-errors', 1, '2 of 5'],
  AlarmsAuthorizerThrottlesAlarm: ['alarms-authorizer-throttles', 1, '2 of 5'],
  AlarmsIdempotencySystemErrorsAlarm: ['alarms-idempotency-system-errors', 1, '2 of 5'],
  AlarmsIdempotencyThrottlesAlarm: ['alarms-idempotency-throttles', 1, '2 of 5'],
  AlarmsIngestErrorsAlarm: ['alarms-ingest-errors', 1, '2 of 5'],
  AlarmsIngestThrottlesAlarm: ['alarms-ingest-throttles', 1, '2 of 5'],
  AlarmsLedgerSystemErrorsAlarm: ['alarms-ledger-system-errors', 1, '2 of 5'],
  AlarmsLedgerThrottlesAlarm: ['alarms-ledger-throttles', 1, '2 of 5'],
  AlarmsOperationsSystemErrorsAlarm: ['alarms-operations-system-errors', 1, '2 of 5'],
  AlarmsOperationsThrottlesAlarm: ['alarms-operations-throttles', 1, '2 of 5'],
  AlarmsQueueAgeAlarm: ['alarms-queue-age', 30, '2 of 2'],
  AlarmsStrategyDurationAlarm: ['alarms-strategy-duration', 2_400, '3 of 5'],
  AlarmsStrategyErrorsAlarm: ['alarms-strategy-errors', 1, '2 of 5'],
  AlarmsStrategyThrottlesAlarm: ['alarms-strategy-throttles', 1, '2 of 5'],
  AlertingCriticalAlarm: ['alerting-critical', 1, '1 of 1'],
  AlertingFailuresAlarm: ['alerting-failures', 1, '1 of 1'],
  AlertingHighAlarm: ['alerting-high', 1, '1 of 1'],
  AlertingReconcilerAlarm: ['alerting-reconciler', 1, '3 of 3'],
  CanaryRunsFailingAlarm: ['canary-runs-failing', 1, '2 of 2'],
  DeploymentIngestErrorAlarm: ['deployment-ingest-error', 1, '1 of 1'],
  DeploymentStrategyErrorAlarm: ['deployment-strategy-error', 1, '1 of 1'],
};

const alarms = () =>
  resourcesOf('production', ALARMS) as unknown as Record<string, { Properties: AlarmProperties }>;

describe('alarms', () => {
  it('are these, each with its threshold and its place in the runbook', () => {
    const found = Object.entries(alarms()).map(([id, { Properties }]) => {
      const { AlarmDescription, Threshold, EvaluationPeriods = 0, DatapointsToAlarm } = Properties;
      const anchor = / Runbook: docs\/operations\.md#([a-z-]+)$/.exec(AlarmDescription)?.[1];
      return [id, [anchor, Threshold, `${DatapointsToAlarm ?? EvaluationPeriods} of ${EvaluationPeriods}`]];
    });
    expect(Object.fromEntries(found)).toEqual(CONDITIONS);
  });

  it('each have a place in the runbook, and the runbook has no other', () => {
    const headings = [...readDocument('docs/operations.md').text.matchAll(/^### ([a-z-]+)$/gm)].map(
      ([, name]) => name,
    );
    const places = Object.values(CONDITIONS).map(([anchor]) => anchor);
    expect(headings.toSorted()).toEqual([...places, 'alarms-money-at-risk'].toSorted());
  });

  it('tell of the age of the oldest message, not of how many there are', () => {
    expect(alarms().AlarmsQueueAgeAlarm?.Properties).toMatchObject({
      MetricName: 'ApproximateAgeOfOldestMessage',
      Period: 60,
    });
  });

  it('go off when the canary does not run at all', () => {
    expect(alarms().CanaryRunsFailingAlarm?.Properties).toMatchObject({
      MetricName: 'Errors',
      Period: 300,
      TreatMissingData: 'breaching',
    });
  });

  it('are one, where money is at risk; emulators do not know that kind', () => {
    const [[id, found] = ['', undefined]] = Object.entries(templateOf('production').findResources(COMPOSITE));
    expect(id).toMatch(/^AlarmsMoneyAtRiskAlarm/);
    expect(found?.Condition).toBe('OnAws');
    expect(found?.Properties.AlarmDescription).toMatch(
      / Runbook: docs\/operations\.md#alarms-money-at-risk$/,
    );
    expect(render(found?.Properties.AlarmRule)).toBe(
      ['AlertingCriticalAlarm', 'AccountsDeadLetterAlarm', 'AlarmsQueueAgeAlarm', 'AlarmsStrategyErrorsAlarm']
        .map((alarm) => `ALARM("<${alarm}.Arn>")`)
        .join(' OR ')
        .replace(/^(.*)$/, '($1)'),
    );
  });
});

describe('answers to webhooks', () => {
  it('are counted by their status, from the access log', () => {
    expect(
      resourceOf('production', 'AWS::Logs::MetricFilter', 'HttpApiWebhooksAnswered').Properties,
    ).toMatchObject({
      FilterPattern: '{ $.route = "POST /webhooks/{webhookId}" }',
      MetricTransformations: [
        {
          MetricNamespace: 'onefill/production',
          MetricName: 'WebhooksAnswered',
          MetricValue: '1',
          Dimensions: [{ Key: 'Status', Value: '$.status' }],
        },
      ],
    });
  });
});

describe('metrics of the log', () => {
  const filterOf = (id: string) =>
    resourceOf('production', 'AWS::Logs::MetricFilter', `LogMetrics${id}`).Properties;
  const transformation = (MetricName: string, MetricValue: string, dimensions?: object) => [
    { MetricNamespace: 'onefill/production', MetricName, MetricValue, ...dimensions },
  ];
  const byFunction = { Dimensions: [{ Key: 'function', Value: '$.service' }] };

  it.each(Object.keys(ENVIRONMENT_CONTRACT))('tell memory and cold starts of %s', (name) => {
    const id = `${name.charAt(0).toUpperCase()}${name.slice(1)}`;
    const memory = filterOf(`MemoryUsedMbOf${id}`);
    expect(render(memory.LogGroupName)).toBe(`<${id}LogGroup>`);
    expect(memory.FilterPattern).toBe('{ $.memoryUsedMb >= 0 }');
    expect(memory.MetricTransformations).toEqual(
      transformation('MemoryUsedMb', '$.memoryUsedMb', byFunction),
    );
    const coldStarts = filterOf(`ColdStartsOf${id}`);
    expect(render(coldStarts.LogGroupName)).toBe(`<${id}LogGroup>`);
    expect(coldStarts.FilterPattern).toBe('{ $.coldStart IS TRUE }');
    expect(coldStarts.MetricTransformations).toEqual(transformation('ColdStarts', '1', byFunction));
  });

  it('tell how many accounts drifted, from what the reconciler says of each run', () => {
    const drift = filterOf('AccountsDrifted');
    expect(render(drift.LogGroupName)).toBe('<ReconcileLogGroup>');
    expect(drift.FilterPattern).toBe('{ $.accounts.drifted >= 0 }');
    expect(drift.MetricTransformations).toEqual(transformation('AccountsDrifted', '$.accounts.drifted'));
  });

  it('are of lines that functions write', () => {
    const lines = linesOf(() =>
      beginInvocation(createLogger(), { ...lambdaContext(), memoryLimitInMB: '8192' }),
    );
    expect(lines).toMatchObject([{ level: 'INFO', coldStart: true, memoryUsedMb: expect.any(Number) }]);
  });
});

describe('the dashboard', () => {
  const body = () =>
    render(resourceOf('production', 'AWS::CloudWatch::Dashboard', 'Dashboard').Properties.DashboardBody);

  it('asks four questions, from the top down', () => {
    const widgets: { type: string; properties: { markdown?: string } }[] = JSON.parse(body()).widgets;
    const questions = widgets.flatMap(
      ({ properties }) => /^# (.*)$/m.exec(properties.markdown ?? '')?.[1] ?? [],
    );
    expect(questions).toEqual(['Is money safe?', 'Is it fast?', 'What is stuck?', 'What did it cost?']);
  });

  it('shows drift among what must be 0, cold starts, memory, and what was given up on', () => {
    const { widgets }: { widgets: { properties: { title?: string; metrics?: unknown[] } }[] } = JSON.parse(
      body(),
    );
    const metricsOf = (title: string) =>
      JSON.stringify(widgets.find(({ properties }) => properties.title === title)?.properties.metrics);
    expect(metricsOf('What must be 0')).toContain('["onefill/production","AccountsDrifted"');
    for (const name of Object.keys(ENVIRONMENT_CONTRACT)) {
      expect(metricsOf('Cold starts')).toContain(`"ColdStarts","function","${name}"`);
      expect(metricsOf('Memory used, MB')).toContain(`"MemoryUsedMb","function","${name}"`);
    }
    for (const queue of ['ActivityLogFailures', 'AlertingFailures']) {
      const shown = metricsOf('Given up on: entries, and the age of the oldest');
      expect(shown).toContain(`"ApproximateNumberOfMessagesVisible","QueueName","<${queue}.QueueName>"`);
      expect(shown).toContain(`"ApproximateAgeOfOldestMessage","QueueName","<${queue}.QueueName>"`);
    }
  });

  it('shows nothing of the figures that activity does not emit', () => {
    const emitted = [...COUNTERS, ...LATENCY_STAGES.map((stage) => `${stage}LatencyMs`)].map(
      (name) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`,
    );
    const shown = [...body().matchAll(/"onefill\/production","(\w+)","service","activity"/g)].map(
      ([, name]) => name,
    );
    expect(shown.length).toBeGreaterThan(20);
    expect(shown.filter((name) => !emitted.includes(name ?? ''))).toEqual([]);
  });
});
