import { Aws, Duration, Validations } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IAlarm, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { CfnApplication, CfnDeploymentGroup } from 'aws-cdk-lib/aws-codedeploy';
import { type CfnRole, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Alias, CfnAlias } from 'aws-cdk-lib/aws-lambda';
import { Construct } from 'constructs';
import { onAwsOnly } from './on-aws.ts';

/** How the traffic of an alias goes over from one version to the next: what CodeDeploy calls it. */
export type TrafficShift = 'LambdaAllAtOnce' | 'LambdaCanary10Percent5Minutes';

/** Properties of {@link GradualDeployment}. */
export interface GradualDeploymentProps {
  /** The aliases whose traffic is shifted. */
  readonly aliases: readonly Alias[];
  readonly shift: TrafficShift;
  /** What takes a deployment back, beside errors of the aliases. */
  readonly alarms: readonly IAlarm[];
  /** Whether alarms take a deployment back, and keep one from beginning. */
  readonly rollsBackOnAlarms: boolean;
}

/**
 * Shifts the traffic of functions from one version to the next by CodeDeploy, and back as soon as an alarm goes off
 * meanwhile. Emulators, which do not know CodeDeploy, shift at once: there the aliases have no update policy.
 */
export class GradualDeployment extends Construct {
  constructor(scope: Construct, id: string, props: GradualDeploymentProps) {
    super(scope, id);
    const application = new CfnApplication(this, 'Application', { computePlatform: 'Lambda' });
    onAwsOnly(application);
    const role = this.#addRole(props.aliases);
    for (const alias of props.aliases) {
      const group = this.#addGroup(alias, { application, role, ...props });
      shiftBy(alias, application, group);
    }
  }

  /** Narrower than the policy that AWS manages for this, which is for every function of the account. */
  #addRole(aliases: readonly Alias[]): Role {
    const role = new Role(this, 'Role', {
      assumedBy: new ServicePrincipal('codedeploy.amazonaws.com'),
      inlinePolicies: {
        ShiftTraffic: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:GetAlias', 'lambda:GetProvisionedConcurrencyConfig', 'lambda:UpdateAlias'],
              // By names, because the aliases depend on the deployment groups, and these on the role.
              resources: aliases.map((alias) => `${alias.lambda.functionArn}:${alias.aliasName}`),
            }),
            new PolicyStatement({ actions: ['cloudwatch:DescribeAlarms'], resources: ['*'] }),
          ],
        }),
      },
    });
    onAwsOnly(role.node.defaultChild as CfnRole);
    Validations.of(role).acknowledge({
      id: 'AwsSolutions-IAM5[Resource::*]',
      reason: 'Which alarms there are can only be asked of all of them at once.',
    });
    return role;
  }

  #addGroup(
    alias: Alias,
    {
      application,
      role,
      shift,
      alarms,
      rollsBackOnAlarms,
    }: GradualDeploymentProps & { readonly application: CfnApplication; readonly role: Role },
  ): CfnDeploymentGroup {
    const name = alias.lambda.node.scope?.node.id ?? alias.lambda.node.id;
    const errors = new Alarm(this, `${name}ErrorAlarm`, {
      alarmDescription: `${name} fails: its invocations end in errors. A deployment in progress is taken back.`,
      metric: alias.metricErrors({ statistic: Stats.SUM, period: Duration.minutes(1) }),
      threshold: 1,
      evaluationPeriods: 1,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
    const group = new CfnDeploymentGroup(this, `${name}Group`, {
      applicationName: application.ref,
      serviceRoleArn: role.roleArn,
      deploymentConfigName: `CodeDeployDefault.${shift}`,
      deploymentStyle: { deploymentType: 'BLUE_GREEN', deploymentOption: 'WITH_TRAFFIC_CONTROL' },
      autoRollbackConfiguration: {
        enabled: true,
        events: ['DEPLOYMENT_FAILURE', 'DEPLOYMENT_STOP_ON_REQUEST', 'DEPLOYMENT_STOP_ON_ALARM'],
      },
      alarmConfiguration: {
        enabled: rollsBackOnAlarms,
        alarms: [errors, ...alarms].map(({ alarmName }) => ({ name: alarmName })),
      },
    });
    onAwsOnly(group);
    return group;
  }
}

/** What has a condition may be referred to under that condition only, which the CDK has no words for here. */
function shiftBy(alias: Alias, application: CfnApplication, group: CfnDeploymentGroup): void {
  const byCodeDeploy = { ApplicationName: application.ref, DeploymentGroupName: group.ref };
  (alias.node.defaultChild as CfnAlias).addOverride('UpdatePolicy.CodeDeployLambdaAliasUpdate', {
    'Fn::If': [group.cfnOptions.condition?.logicalId, byCodeDeploy, Aws.NO_VALUE],
  });
}
