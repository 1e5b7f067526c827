import { describe, expect, it } from 'vitest';
import { createApp } from '../../lib/app.ts';
import { render, resourceOf, resourcesOf } from './synthesized.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const SOURCES = ['Activity', 'Admin', 'Ingest', 'Reconcile', 'Strategy'];

interface PolicyDocument {
  readonly Statement: readonly {
    readonly Effect: string;
    readonly Principal: unknown;
    readonly Action: unknown;
    readonly Condition?: unknown;
  }[];
}

describe('alerts', () => {
  it('reach their function from the logs of all who raise them, and never from its own', () => {
    const filters = Object.values(resourcesOf('production', 'AWS::Logs::SubscriptionFilter'));
    expect(filters.map(({ Properties }) => render(Properties.LogGroupName)).sort()).toEqual(
      SOURCES.map((id) => `<${id}LogGroup>`),
    );
    for (const { Properties } of filters) {
      expect(Properties.FilterPattern).toBe('{ $.alert.type = "*" }');
      expect(render(Properties.DestinationArn)).toBe('<AlertsFunction.Arn>');
    }
  });

  it('that cannot be kept are tried three times, then kept in a queue with an alarm', () => {
    const config = Object.values(resourcesOf('production', 'AWS::Lambda::EventInvokeConfig')).find(
      ({ Properties }) => render(Properties.FunctionName) === '<AlertsFunction>',
    );
    expect(config?.Properties).toMatchObject({ MaximumRetryAttempts: 2, MaximumEventAgeInSeconds: 21_600 });
    const destinations = config?.Properties.DestinationConfig as
      | { OnFailure: { Destination: unknown } }
      | undefined;
    expect(render(destinations?.OnFailure.Destination)).toBe('<AlertingFailures.Arn>');
    const alarm = resourceOf('production', 'AWS::CloudWatch::Alarm', 'AlertingFailuresAlarm').Properties;
    expect(alarm).toMatchObject({ MetricName: 'ApproximateNumberOfMessagesVisible', Threshold: 1 });
  });

  it('and every alarm go to one topic', () => {
    for (const { Properties } of Object.values(resourcesOf('production', 'AWS::CloudWatch::Alarm'))) {
      expect([Properties.AlarmActions].flat().map(render)).toEqual(['<AlertsTopic>']);
    }
  });

  it('travel encrypted, with a key that CloudWatch may use', () => {
    const [topic] = Object.values(resourcesOf('production', 'AWS::SNS::Topic'));
    expect(render(topic?.Properties.KmsMasterKeyId)).toBe('<AlertsTopicKey.Arn>');
    const key = resourceOf('production', 'AWS::KMS::Key', 'AlertsTopicKey').Properties;
    expect(key.EnableKeyRotation).toBe(true);
    expect((key.KeyPolicy as PolicyDocument).Statement).toContainEqual({
      Effect: 'Allow',
      Principal: { Service: 'cloudwatch.amazonaws.com' },
      Action: ['kms:Decrypt', 'kms:GenerateDataKey*'],
      Resource: '*',
      Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
    });
    const policy = Object.values(resourcesOf('production', 'AWS::SNS::TopicPolicy'))[0]?.Properties;
    const { Statement = [] } = (policy?.PolicyDocument ?? {}) as Partial<PolicyDocument>;
    expect(Statement.filter(({ Effect }) => Effect === 'Deny')).toMatchObject([
      { Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } },
    ]);
    expect(Statement.filter(({ Effect }) => Effect === 'Allow')).toMatchObject([
      { Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } },
    ]);
  });

  it('go to nobody until somebody subscribes', () => {
    expect(resourcesOf('production', 'AWS::SNS::Subscription')).toEqual({});
  });

  it.each([
    [{ alertEmail: 'nobody' }, 'no e-mail address'],
    [{ alertWebhookUrl: 'http://hooks.example.com' }, 'no https address'],
  ])('refuse %j as a receiver', (alertReceivers, message) => {
    const props = { stage: 'local', outdir: temporaryDirectory(), alertReceivers };
    expect(() => createApp(props)).toThrow(message);
  });
});
