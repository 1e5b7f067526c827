import { Match } from 'aws-cdk-lib/assertions';
import { describe, expect, it } from 'vitest';
import { createApp } from '../../lib/app.ts';
import { readDeploymentOptions } from '../../lib/deployment-options.ts';
import type { StageName } from '../../lib/stage.ts';
import { render, resourceOf, resourcesOf, templateOf } from './synthesized.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const SHIFTED = ['Ingest', 'Strategy'] as const;

describe('a new version', () => {
  it.each(SHIFTED)('of %s gets its traffic by CodeDeploy, where there is one', (id) => {
    const { Properties, UpdatePolicy } = aliasOf(id);
    expect(Properties.Name).toBe('live');
    expect(render(Properties.FunctionName)).toBe(`<${id}Function>`);
    const [condition, byCodeDeploy, otherwise] = UpdatePolicy.CodeDeployLambdaAliasUpdate['Fn::If'];
    expect(condition).toBe('OnAws');
    expect(render(byCodeDeploy.ApplicationName)).toBe('<DeploymentApplication>');
    expect(render(byCodeDeploy.DeploymentGroupName)).toBe(`<Deployment${id}Group>`);
    expect(otherwise).toEqual({ Ref: 'AWS::NoValue' });
  });

  it.each([
    ['production', 'CodeDeployDefault.LambdaCanary10Percent5Minutes'],
    ['development', 'CodeDeployDefault.LambdaAllAtOnce'],
  ] as const)('in %s is shifted by %s', (stage, DeploymentConfigName) => {
    for (const id of SHIFTED) {
      expect(groupOf(id, stage)).toMatchObject({ DeploymentConfigName });
    }
  });

  it.each(SHIFTED)('of %s is taken back by its errors, critical alerts and dead letters', (id) => {
    const group = groupOf(id);
    const { Enabled, Alarms } = group.AlarmConfiguration as { Enabled: boolean; Alarms: { Name: unknown }[] };
    expect(Enabled).toBe(true);
    expect(Alarms.map(({ Name }) => render(Name))).toEqual([
      `<Deployment${id}ErrorAlarm>`,
      '<AlertingCriticalAlarm>',
      '<AccountsDeadLetterAlarm>',
    ]);
    expect(group.AutoRollbackConfiguration).toMatchObject({
      Enabled: true,
      Events: expect.arrayContaining(['DEPLOYMENT_STOP_ON_ALARM']),
    });
  });

  it.each(SHIFTED)('of %s is counted by what its alias is asked for', (id) => {
    const { Properties } = resourceOf('production', 'AWS::CloudWatch::Alarm', `Deployment${id}ErrorAlarm`);
    expect(Properties).toMatchObject({ MetricName: 'Errors', Threshold: 1, Period: 60 });
    const dimensions = Properties.Dimensions as { Name: string; Value: unknown }[];
    expect(dimensions.map(({ Name, Value }) => [Name, render(Value)])).toEqual([
      ['FunctionName', `<${id}Function>`],
      ['Resource', `<${id}Function>:live`],
    ]);
  });

  it('keeps the version before, which may still be called', () => {
    const versions = Object.values(resourcesOf('production', 'AWS::Lambda::Version'));
    expect(versions).toHaveLength(SHIFTED.length);
    for (const version of versions) {
      expect(version).toMatchObject({
        DeletionPolicy: 'RetainExceptOnCreate',
        UpdateReplacePolicy: 'Retain',
      });
    }
  });
});

describe('what an emulator does not know', () => {
  it('is there on AWS only', () => {
    const template = templateOf('production');
    template.hasCondition('OnAws', {
      'Fn::Not': [
        { 'Fn::Or': Match.arrayWith([{ 'Fn::Equals': [{ Ref: 'AWS::AccountId' }, '000000000000'] }]) },
      ],
    });
    const resources: Readonly<Record<string, TypedResource>> = template.toJSON().Resources;
    const unknown = Object.values(resources).filter(({ Type }) =>
      /CodeDeploy|Budgets|CompositeAlarm/.test(Type),
    );
    expect(unknown.length).toBeGreaterThan(0);
    for (const resource of unknown) {
      expect(resource).toMatchObject({ Condition: 'OnAws' });
    }
  });
});

describe('the options of a deployment', () => {
  const budgetOf = (context: Readonly<Record<string, unknown>>) => {
    const app = createApp({ context, templateValidation: false, outdir: temporaryDirectory() });
    const { Resources } = app.synth().getStackByName('onefill-development').template;
    return { Resources, Budget: resourcesIn(Resources, 'AWS::Budgets::Budget')[0] };
  };

  it('make a budget, of which somebody is told in time, and otherwise log and go on', () => {
    const { Resources, Budget } = budgetOf({
      monthlyBudgetUsd: '25.50',
      budgetEmail: 'operator@example.com',
      logLevel: 'ERROR',
      rollbackOnAlarms: 'false',
    });

    expect(Budget?.Properties).toMatchObject({
      Budget: {
        BudgetType: 'COST',
        TimeUnit: 'MONTHLY',
        BudgetLimit: { Amount: 25.5, Unit: 'USD' },
        CostFilters: { TagKeyValue: ['user:application$onefill'] },
      },
    });
    const notices = Budget?.Properties.NotificationsWithSubscribers as {
      Notification: { NotificationType: string; Threshold: number };
      Subscribers: unknown;
    }[];
    expect(
      notices.map(({ Notification }) => [Notification.NotificationType, Notification.Threshold]),
    ).toEqual([
      ['ACTUAL', 80],
      ['ACTUAL', 100],
      ['FORECASTED', 100],
    ]);
    for (const { Subscribers } of notices) {
      expect(Subscribers).toEqual([{ SubscriptionType: 'EMAIL', Address: 'operator@example.com' }]);
    }
    for (const { Properties } of resourcesIn(Resources, 'AWS::Lambda::Function')) {
      expect(Properties).toMatchObject({ LoggingConfig: { ApplicationLogLevel: 'ERROR' } });
    }
    for (const { Properties } of resourcesIn(Resources, 'AWS::CodeDeploy::DeploymentGroup')) {
      expect(Properties).toMatchObject({ AlarmConfiguration: { Enabled: false } });
    }
  });

  it('are none unless they are given', () => {
    expect(readDeploymentOptions(() => undefined)).toEqual({ rollbackOnAlarms: true });
    expect(resourcesOf('production', 'AWS::Budgets::Budget')).toEqual({});
  });

  it.each([
    ['logLevel', { logLevel: 'TRACE' }, '-c logLevel=TRACE is not allowed: give DEBUG, INFO, WARN, ERROR.'],
    [
      'an amount',
      { monthlyBudgetUsd: '-5', budgetEmail: 'a@b.co' },
      '-c monthlyBudgetUsd=-5 is not allowed: give an',
    ],
    [
      'an amount of nothing',
      { monthlyBudgetUsd: '0', budgetEmail: 'a@b.co' },
      '-c monthlyBudgetUsd=0 is not',
    ],
    [
      'whom to tell',
      { monthlyBudgetUsd: 5 },
      '-c budgetEmail= is not allowed: give an e-mail address, with monthly',
    ],
    ['what to tell', { budgetEmail: 'a@b.co' }, '-c budgetEmail=a@b.co is not allowed'],
    ['whether', { rollbackOnAlarms: 'no' }, '-c rollbackOnAlarms=no is not allowed: give true, false.'],
  ])('refuse a wrong %s and say what is allowed', (_what, context: Record<string, unknown>, message) => {
    expect(() => readDeploymentOptions((name) => context[name])).toThrow(message);
  });
});

interface AliasResource {
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly UpdatePolicy: {
    readonly CodeDeployLambdaAliasUpdate: {
      readonly 'Fn::If': readonly [string, Readonly<Record<string, unknown>>, unknown];
    };
  };
}

function aliasOf(id: string): AliasResource {
  const resource: unknown = resourceOf('production', 'AWS::Lambda::Alias', `${id}Alias`);
  return resource as AliasResource;
}

function groupOf(id: string, stage: StageName = 'production') {
  return resourceOf(stage, 'AWS::CodeDeploy::DeploymentGroup', `Deployment${id}Group`).Properties;
}

interface TypedResource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

function resourcesIn(resources: Readonly<Record<string, TypedResource>>, type: string): TypedResource[] {
  return Object.values(resources).filter(({ Type }) => Type === type);
}
