import { AwsSolutionsChecks } from 'cdk-nag';
import { beforeAll, describe, expect, it } from 'vitest';
import { STAGE_NAMES, type StageName, stageConfiguration } from '../../lib/stage.ts';
import { resourceOf, resourcesOf, stackOf, templateOf } from './synthesized.ts';

const EXPECTED = {
  local: {
    stackName: 'onefill',
    concurrencyMax: 4,
    logLevel: 'INFO',
    retentionDays: 1,
    throttle: [2_000, 2_000],
  },
  development: {
    stackName: 'onefill-development',
    concurrencyMax: 10,
    logLevel: 'DEBUG',
    retentionDays: 7,
    throttle: [100, 200],
  },
  production: {
    stackName: 'onefill-production',
    concurrencyMax: 100,
    logLevel: 'INFO',
    retentionDays: 365,
    throttle: [1_000, 2_000],
  },
} as const;

const THROW_AWAY_STAGES = ['local', 'development'] as const;

/** What holds more than minutes of state, by type: it outlives a production stack. */
const LASTING = [
  ['AWS::DynamoDB::GlobalTable', 'LedgerTable'],
  ['AWS::SQS::Queue', 'AccountsQueue'],
  ['AWS::SQS::Queue', 'AccountsDeadLetterQueue'],
  ['AWS::SQS::Queue', 'ActivityLogFailures'],
  ['AWS::Logs::LogGroup', 'ActivityLogGroup'],
  ['AWS::Logs::LogGroup', 'IngestLogGroup'],
  ['AWS::Logs::LogGroup', 'StrategyLogGroup'],
  ['AWS::Logs::LogGroup', 'ReconcileLogGroup'],
  ['AWS::Logs::LogGroup', 'AdminLogGroup'],
  ['AWS::Logs::LogGroup', 'AuthorizerLogGroup'],
  ['AWS::Logs::LogGroup', 'CanaryLogGroup'],
  ['AWS::Logs::LogGroup', 'HttpApiAccessLog'],
] as const;

beforeAll(() => {
  for (const stage of STAGE_NAMES) {
    stackOf(stage, true);
  }
});

describe('the canary', () => {
  it.each([
    ['production', 'ENABLED'],
    ['development', 'ENABLED'],
    ['local', 'DISABLED'],
  ] as const)('runs every five minutes; by itself in %s: %s', (stage, state) => {
    expect(resourceOf(stage, 'AWS::Events::Rule', 'CanaryRunsScheduleRule').Properties).toMatchObject({
      ScheduleExpression: 'rate(5 minutes)',
      State: state,
    });
  });

  it('has no alarm where it does not run', () => {
    expect(resourcesOf('local', 'AWS::CloudWatch::Alarm')).not.toHaveProperty('CanaryRunsFailingAlarm');
  });
});

describe.each(STAGE_NAMES)('the stage %s', (stage) => {
  const expected = EXPECTED[stage];

  it("passes CloudFormation's schemas", () => {
    expect(() => templateOf(stage)).not.toThrow();
  });

  it('names the stack and the functions', () => {
    expect(stackOf(stage).stackName).toBe(expected.stackName);
    expect(propertiesOf(stage, 'AWS::Lambda::Function', 'IngestFunction').FunctionName).toBe(
      `${expected.stackName}-ingest`,
    );
  });

  it('bounds how many accounts are traded at once', () => {
    expect(
      propertiesOf(stage, 'AWS::Lambda::EventSourceMapping', 'AccountsEventSourceMapping'),
    ).toMatchObject({
      ScalingConfig: { MaximumConcurrency: expected.concurrencyMax },
    });
  });

  it('bounds how many requests pass', () => {
    const [rate, burst] = expected.throttle;
    expect(propertiesOf(stage, 'AWS::ApiGatewayV2::Stage', 'HttpApiDefaultStage')).toMatchObject({
      DefaultRouteSettings: { ThrottlingRateLimit: rate, ThrottlingBurstLimit: burst },
    });
  });

  it('counts its alerts under its own name', () => {
    expect(
      propertiesOf(stage, 'AWS::Logs::MetricFilter', 'AlertingCriticalFromStrategy').MetricTransformations,
    ).toMatchObject([{ MetricNamespace: `onefill/${stage}` }]);
    expect(propertiesOf(stage, 'AWS::CloudWatch::Alarm', 'AlertingCriticalAlarm').Namespace).toBe(
      `onefill/${stage}`,
    );
  });

  it('sets how much is logged and for how long', () => {
    expect(propertiesOf(stage, 'AWS::Lambda::Function', 'IngestFunction')).toMatchObject({
      LoggingConfig: { ApplicationLogLevel: expected.logLevel, SystemLogLevel: 'WARN' },
      Environment: { Variables: { POWERTOOLS_LOG_LEVEL: expected.logLevel } },
    });
    for (const { Properties } of Object.values(resourcesOf(stage, 'AWS::Logs::LogGroup'))) {
      expect(Properties.RetentionInDays).toBe(expected.retentionDays);
    }
  });

  it('is on every resource that can be tagged', () => {
    const tags = [
      { Key: 'application', Value: 'onefill' },
      { Key: 'stage', Value: stage },
    ];
    for (const type of [
      'AWS::Lambda::Function',
      'AWS::SQS::Queue',
      'AWS::Logs::LogGroup',
      'AWS::IAM::Role',
    ]) {
      for (const { Properties } of Object.values(resourcesOf(stage, type))) {
        expect(Properties.Tags).toEqual(tags);
      }
    }
  });

  it('has no finding of the AWS Solutions checks that is not acknowledged with a reason', () => {
    const app = stackOf(stage).node.root;
    expect(new AwsSolutionsChecks(app).validateScope(app).violations).toEqual([]);
  });

  it('can restore the ledger to any point in time', () => {
    expect(ledgerReplica(stage)).toMatchObject({
      PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    });
  });

  it('keeps its secrets under its own name, and lets functions reach no others', () => {
    const { Variables } = propertiesOf(stage, 'AWS::Lambda::Function', 'IngestFunction').Environment as {
      Variables: Record<string, unknown>;
    };
    expect(Variables.SECRET_NAME_PREFIX).toBe(`onefill/${stage}/`);
    const policies = JSON.stringify(resourcesOf(stage, 'AWS::IAM::Policy'));
    expect(policies.match(/:secret:[^"]*/g)?.sort()).toEqual([
      ...Array(3).fill(`:secret:onefill/${stage}/brokers/*`),
      ...Array(2).fill(`:secret:onefill/${stage}/webhooks/*`),
    ]);
  });

  it('uses only references that the local cloud resolves', () => {
    const { Resources, Outputs } = templateOf(stage).toJSON();
    const intrinsics = JSON.stringify({ Resources, Outputs }).match(/"(Fn::\w+|Ref)":/g);
    expect([...new Set(intrinsics)].sort()).toEqual(
      ['GetAtt', 'If', 'Join', 'Select', 'Split', 'Sub'].map((name) => `"Fn::${name}":`).concat('"Ref":'),
    );
  });
});

describe('production', () => {
  it.each(LASTING)('keeps the %s %s when it leaves the stack', (type, id) => {
    expect(resourceOf('production', type, id)).toMatchObject({
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
    });
  });

  it('protects the ledger and the stack from being deleted', () => {
    expect(ledgerReplica('production')).toMatchObject({ DeletionProtectionEnabled: true });
    expect(stackOf('production').terminationProtection).toBe(true);
  });
});

describe.each(THROW_AWAY_STAGES)('the throw-away stage %s', (stage) => {
  it.each(LASTING)('deletes the %s %s with the stack', (type, id) => {
    expect(resourceOf(stage, type, id).DeletionPolicy).toBe('Delete');
  });

  it('lets the ledger and the stack be deleted', () => {
    expect(ledgerReplica(stage)).toMatchObject({ DeletionProtectionEnabled: false });
    expect(stackOf(stage).terminationProtection).toBe(false);
  });
});

describe('choosing a stage', () => {
  it('takes development when none is asked for', () => {
    expect(stageConfiguration().name).toBe('development');
  });

  it.each(['prod', '', 'PRODUCTION', 7, null])('refuses %o and names the stages there are', (name) => {
    expect(() => stageConfiguration(name)).toThrow('choose one of local, development, production.');
  });
});

function propertiesOf(stage: StageName, type: string, id: string) {
  return resourceOf(stage, type, id).Properties;
}

function ledgerReplica(stage: StageName): unknown {
  const { Replicas } = propertiesOf(stage, 'AWS::DynamoDB::GlobalTable', 'LedgerTable') as {
    Replicas: unknown[];
  };
  return Replicas[0];
}
