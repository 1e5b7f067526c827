import { beforeAll, describe, expect, it } from 'vitest';
import { render, resourceOf, resourcesOf, templateOf } from './synthesized.ts';

beforeAll(() => {
  templateOf('production');
});

describe('the reconciler', () => {
  const rule = () => resourceOf('production', 'AWS::Events::Rule', 'ReconcileScheduleRule').Properties;

  it('runs every minute, with the same event each time', () => {
    expect(rule()).toMatchObject({
      ScheduleExpression: 'rate(1 minute)',
      State: 'ENABLED',
      Targets: [{ Input: '{"source":"schedule"}' }],
    });
    const [target] = rule().Targets as { Arn: unknown }[];
    expect(render(target?.Arn)).toBe('<ReconcileFunction.Arn>');
  });

  it('is over before its next run begins', () => {
    expect(
      Number(resourceOf('production', 'AWS::Lambda::Function', 'ReconcileFunction').Properties.Timeout),
    ).toBeLessThan(60);
  });

  it('is not repeated when it fails, for the next run does the same', () => {
    expect(rule()).toMatchObject({
      Targets: [{ RetryPolicy: { MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 } }],
    });
    const invocations = Object.values(resourcesOf('production', 'AWS::Lambda::EventInvokeConfig'));
    const invocation = invocations.find(
      ({ Properties }) => render(Properties.FunctionName) === '<ReconcileFunction>',
    );
    expect(invocation?.Properties).toMatchObject({ MaximumRetryAttempts: 0, MaximumEventAgeInSeconds: 60 });
  });

  it('takes none of the account’s concurrency for itself alone: a new account may reserve none', () => {
    for (const { Properties } of Object.values(resourcesOf('production', 'AWS::Lambda::Function'))) {
      expect(Properties.ReservedConcurrentExecutions).toBeUndefined();
    }
  });

  it('raises an alarm when it fails three times in a row, or does not run', () => {
    const alarm = resourceOf('production', 'AWS::CloudWatch::Alarm', 'AlertingReconcilerAlarm').Properties;
    expect(alarm).toMatchObject({
      Namespace: 'AWS/Lambda',
      MetricName: 'Errors',
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 3,
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      TreatMissingData: 'breaching',
    });
    expect(render((alarm.Dimensions as { Value: unknown }[])[0]?.Value)).toBe('<ReconcileFunction>');
  });
});

describe.each([
  ['CRITICAL', 'Critical'],
  ['HIGH', 'High'],
])('alerts of severity %s', (severity, id) => {
  it.each(['Ingest', 'Strategy', 'Reconcile', 'Admin', 'Activity'])(
    'are counted in the log of %s',
    (source) => {
      const filter = resourceOf(
        'production',
        'AWS::Logs::MetricFilter',
        `Alerting${id}From${source}`,
      ).Properties;
      expect(filter).toMatchObject({
        FilterPattern: `{ $.alert.severity = "${severity}" }`,
        MetricTransformations: [
          { MetricNamespace: 'onefill/production', MetricName: `${id}Alerts`, MetricValue: '1' },
        ],
      });
      expect(render(filter.LogGroupName)).toBe(`<${source}LogGroup>`);
    },
  );

  it('set off an alarm at the first one', () => {
    expect(resourceOf('production', 'AWS::CloudWatch::Alarm', `Alerting${id}Alarm`).Properties).toMatchObject(
      {
        Namespace: 'onefill/production',
        MetricName: `${id}Alerts`,
        Statistic: 'Sum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 1,
        ComparisonOperator: 'GreaterThanOrEqualToThreshold',
        TreatMissingData: 'notBreaching',
      },
    );
  });
});
