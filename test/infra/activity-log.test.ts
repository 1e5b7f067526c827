import { describe, expect, it } from 'vitest';
import { render, resourceOf } from './synthesized.ts';

const mapping = () =>
  resourceOf('production', 'AWS::Lambda::EventSourceMapping', 'ActivityLogEventSourceMapping').Properties;

const DAY_SECONDS = 86_400;

describe('the activity log', () => {
  it('is written from the ledger’s stream, from its oldest record on', () => {
    expect(render(mapping().EventSourceArn)).toBe('<LedgerTable.StreamArn>');
    expect(render(mapping().FunctionName)).toBe('<ActivityFunction>');
    expect(mapping().StartingPosition).toBe('TRIM_HORIZON');
  });

  it('answers each record for itself, bisects what fails, and gives up before the stream forgets', () => {
    expect(mapping()).toMatchObject({
      BatchSize: 100,
      MaximumBatchingWindowInSeconds: 1,
      ParallelizationFactor: 2,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      MaximumRetryAttempts: 10_000,
      MaximumRecordAgeInSeconds: 72_000,
    });
    expect(mapping().MaximumRecordAgeInSeconds).toBeLessThan(DAY_SECONDS);
    const { OnFailure } = mapping().DestinationConfig as { OnFailure: { Destination: unknown } };
    expect(render(OnFailure.Destination)).toBe('<ActivityLogFailures.Arn>');
  });

  it('is not invoked for what is no activity', () => {
    const { Filters } = mapping().FilterCriteria as { Filters: readonly { Pattern: string }[] };
    expect(Filters.map(({ Pattern }) => JSON.parse(Pattern).dynamodb.Keys)).toEqual([
      {
        pk: {
          S: [{ prefix: 'ACCOUNT#' }, { prefix: 'STRATEGY#' }, { prefix: 'WEBHOOK#' }, { prefix: 'SIGNAL#' }],
        },
      },
      { sk: { S: ['TOKEN', 'HALT'] } },
    ]);
  });

  it.each([
    ['ActivityLogDelayAlarm', { MetricName: 'IteratorAge', Threshold: 300_000, EvaluationPeriods: 1 }],
    [
      'ActivityLogFailureAlarm',
      { MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1, EvaluationPeriods: 1 },
    ],
    ['ActivityLogErrorAlarm', { MetricName: 'Errors', Threshold: 1, EvaluationPeriods: 3 }],
  ])('%s', (id, expected) => {
    expect(resourceOf('production', 'AWS::CloudWatch::Alarm', id).Properties).toMatchObject(expected);
  });
});
