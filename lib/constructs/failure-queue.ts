import { Duration, type RemovalPolicy, Validations } from 'aws-cdk-lib';
import { Stats } from 'aws-cdk-lib/aws-cloudwatch';
import { Queue, QueueEncryption } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Where ends what a function was given up on: operators look at it, and nothing consumes it. Kept for as long as SQS can. */
export class FailureQueue extends Queue {
  constructor(scope: Construct, id: string, removalPolicy: RemovalPolicy) {
    super(scope, id, {
      encryption: QueueEncryption.SQS_MANAGED,
      enforceSSL: true,
      retentionPeriod: Duration.days(14),
      removalPolicy,
    });
    Validations.of(this).acknowledge({
      id: 'AwsSolutions-SQS3',
      reason: 'It is where failures end; nothing consumes it.',
    });
  }

  /** What CloudWatch knows of the queue, by the minute. */
  get metrics() {
    const minutely = { statistic: Stats.MAXIMUM, period: Duration.minutes(1) };
    return {
      entries: this.metricApproximateNumberOfMessagesVisible(minutely),
      oldestAgeSeconds: this.metricApproximateAgeOfOldestMessage(minutely),
    };
  }

  /** Lets a function's failed deliveries be put into the queue. */
  allowSend(grantee: OnefillFunction): void {
    grantee.allow(['sqs:SendMessage'], [this.queueArn]);
  }

  /** Lets a function see how many there are. */
  allowCount(grantee: OnefillFunction): void {
    grantee.allow(['sqs:GetQueueAttributes'], [this.queueArn]);
  }
}
