import { RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { AlarmBase } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { SubscriptionProtocol, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription, UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Who is told of alerts and alarms from the first deployment on; others subscribe to the topic by hand. */
export interface AlertReceivers {
  /** An address that gets a mail to confirm the subscription first. */
  readonly alertEmail?: string;
  /** `https://…`; gets a request to confirm the subscription first. */
  readonly alertWebhookUrl?: string;
}

const EMAIL = /^[^\s@]+@[^\s@]+\.[^\s@]+$/;

/**
 * Where operators subscribe to alerts and alarms: by e-mail, from a chat, or with a webhook.
 *
 * It is encrypted with a key of its own, because CloudWatch may not use the key that AWS manages for SNS: alarms would not
 * arrive, and say so only in their history.
 */
export class AlertsTopic extends Construct {
  readonly topicArn: string;
  readonly #topic: Topic;
  readonly #key: Key;

  /** @throws Error when a receiver cannot be one */
  constructor(scope: Construct, id: string, { alertEmail, alertWebhookUrl }: AlertReceivers) {
    super(scope, id);
    this.#key = new Key(this, 'Key', {
      description: 'Encrypts alerts on their way to who subscribed.',
      enableKeyRotation: true,
      // Nothing that it encrypts stays.
      removalPolicy: RemovalPolicy.DESTROY,
    });
    this.#topic = new Topic(this, 'Topic', { masterKey: this.#key, enforceSSL: true });
    this.topicArn = this.#topic.topicArn;
    this.#allowAlarms();
    if (alertEmail !== undefined) {
      this.#topic.addSubscription(new EmailSubscription(checked('alertEmail', alertEmail, EMAIL)));
    }
    if (alertWebhookUrl !== undefined) {
      const url = checked('alertWebhookUrl', alertWebhookUrl, /^https:\/\/[^\s/]+/);
      this.#topic.addSubscription(new UrlSubscription(url, { protocol: SubscriptionProtocol.HTTPS }));
    }
  }

  /** Tells who subscribed when an alarm goes off. */
  notifyOf(alarm: AlarmBase): void {
    alarm.addAlarmAction(new SnsAction(this.#topic));
  }

  /** Lets a function tell who subscribed. */
  allowPublish(grantee: OnefillFunction): void {
    grantee.allow(['sns:Publish'], [this.topicArn]);
    grantee.allow(['kms:Decrypt', 'kms:GenerateDataKey'], [this.#key.keyArn]);
  }

  #allowAlarms(): void {
    const principals = [new ServicePrincipal('cloudwatch.amazonaws.com')];
    const conditions = { StringEquals: { 'aws:SourceAccount': Stack.of(this).account } };
    this.#key.addToResourcePolicy(
      new PolicyStatement({
        principals,
        actions: ['kms:Decrypt', 'kms:GenerateDataKey*'],
        resources: ['*'],
        conditions,
      }),
    );
    this.#topic.addToResourcePolicy(
      new PolicyStatement({ principals, actions: ['sns:Publish'], resources: [this.topicArn], conditions }),
    );
  }
}

function checked(name: string, value: string, form: RegExp): string {
  if (!form.test(value)) {
    throw new Error(
      `-c ${name}=${value} is no ${name === 'alertEmail' ? 'e-mail address' : 'https address'}.`,
    );
  }
  return value;
}
