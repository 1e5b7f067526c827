import { LocalCloudError } from './errors.ts';

/** The resource types that the local cloud runs. */
const RUN = new Set([
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::Authorizer',
  'AWS::ApiGatewayV2::Integration',
  'AWS::ApiGatewayV2::Route',
  'AWS::DynamoDB::GlobalTable',
  'AWS::DynamoDB::Table',
  'AWS::Events::Rule',
  'AWS::Lambda::EventSourceMapping',
  'AWS::Lambda::Alias',
  'AWS::Lambda::Function',
  'AWS::Lambda::Version',
  'AWS::Logs::SubscriptionFilter',
  'AWS::SNS::Topic',
  'AWS::SQS::Queue',
]);

/** The resource types that mean nothing on one machine: permissions, what is watched, where logs go, and labels. */
const NEEDS_NOTHING = new Set([
  'AWS::ApiGatewayV2::Deployment',
  'AWS::ApiGatewayV2::Stage',
  'AWS::CDK::Metadata',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  // Of what becomes of asynchronous invocations that fail, only how often they are repeated is read.
  'AWS::Lambda::EventInvokeConfig',
  'AWS::Lambda::Permission',
  'AWS::Logs::LogGroup',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::ResourcePolicy',
  'AWS::SNS::Subscription',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]);

/**
 * Refuses a stack that would behave differently here than deployed, because a part of it would be missing.
 *
 * @throws LocalCloudError naming the first resource of a type that is neither run nor known to mean nothing locally
 */
export function assertCanRun(
  resources: Iterable<{ readonly logicalId: string; readonly type: string }>,
): void {
  for (const { logicalId, type } of resources) {
    if (!RUN.has(type) && !NEEDS_NOTHING.has(type)) {
      throw new LocalCloudError('unsupported', `The local cloud cannot run ${logicalId}, an ${type}.`);
    }
  }
}
