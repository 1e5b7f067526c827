import { PublishCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { KeptAlert } from '../core/kept-alert.ts';
import { notificationOf } from './notification.ts';

/** The topic that operators subscribe to. */
export interface Topic {
  readonly client: SNSClient;
  readonly arn: string;
}

/**
 * Sends an alert to whoever subscribed: words to people, JSON to machines. `severity` and `type` are attributes, so that a
 * subscription can choose what it wants.
 */
export async function publishAlert({ client, arn }: Topic, alert: KeptAlert): Promise<void> {
  const { subject, text, json } = notificationOf(alert);
  await client.send(
    new PublishCommand({
      TopicArn: arn,
      Subject: subject,
      MessageStructure: 'json',
      Message: JSON.stringify({ default: text, https: json, http: json, sqs: json, lambda: json }),
      MessageAttributes: {
        severity: { DataType: 'String', StringValue: alert.severity },
        type: { DataType: 'String', StringValue: alert.type },
      },
    }),
  );
}
