import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { notificationLine } from '../../bin/commands/notification-line.ts';
import type { Notification } from '../../lib/local/notification-service.ts';
import { type LocalCloud, startLocalCloud } from '../../lib/local/start.ts';
import { writeFixtureAssembly } from './assembly.ts';
import { fixtureOptions, startFixture, temporaryDirectory } from './support.ts';

const TOPIC_ARN = 'arn:aws:sns:us-east-1:000000000000:fixture-Topic';

const topic = (properties: object = {}) => ({ Type: 'AWS::SNS::Topic', Properties: properties });

const subscription = {
  Type: 'AWS::SNS::Subscription',
  Properties: { TopicArn: { Ref: 'Topic' }, Protocol: 'email', Endpoint: 'trader@example.com' },
};

/** Calls as the SDK does: a form, with lists numbered from 1. */
async function publish(cloud: LocalCloud, input: Readonly<Record<string, string>>) {
  const result = await cloud.invoke('lab', { do: 'environment' });
  const { environment } = JSON.parse(result.ok ? result.payload : '{}');
  const response = await fetch(environment.AWS_ENDPOINT_URL_SNS, {
    method: 'POST',
    body: new URLSearchParams({ Action: 'Publish', Version: '2010-03-31', ...input }),
  });
  return { status: response.status, body: await response.text() };
}

const ALERT = {
  TopicArn: TOPIC_ARN,
  Subject: '[HIGH] drift',
  Message: 'The position at the venue is another one.',
  'MessageAttributes.entry.1.Name': 'severity',
  'MessageAttributes.entry.1.Value.DataType': 'String',
  'MessageAttributes.entry.1.Value.StringValue': 'HIGH',
  'MessageAttributes.entry.2.Name': 'type',
  'MessageAttributes.entry.2.Value.DataType': 'String',
  'MessageAttributes.entry.2.Value.StringValue': 'drift',
};

const REFUSED = {
  'a topic that the stack does not have': { TopicArn: `${TOPIC_ARN}s` },
  'an empty message': { Message: '' },
  'a message over 256 KB': { Message: 'x'.repeat(256 * 1024 + 1) },
  'a subject of two lines': { Subject: 'a\nb' },
  'a subject over 100 characters': { Subject: 'x'.repeat(101) },
  'a subject beyond ASCII': { Subject: 'größer' },
  'another action': { Action: 'Subscribe' },
};

describe('a topic of the template', () => {
  it('keeps what functions publish, tells of it, and writes it down', async () => {
    const dataDirectory = temporaryDirectory();
    const heard: Notification[] = [];
    const cloud = await startFixture({
      dataDirectory,
      assemblyDirectory: writeFixtureAssembly(temporaryDirectory(), {
        resources: { Topic: topic(), Subscription: subscription },
      }),
      onNotification: (notification) => heard.push(notification),
    });
    expect(cloud.resolve('Topic')).toBe(TOPIC_ARN);

    const { status, body } = await publish(cloud, ALERT);
    const notifications = cloud.notifications();
    await cloud.stop();

    expect(status).toBe(200);
    expect(notifications).toEqual([
      {
        messageId: /<MessageId>(.+)<\/MessageId>/.exec(body)?.[1],
        topicArn: TOPIC_ARN,
        subject: '[HIGH] drift',
        message: 'The position at the venue is another one.',
        attributes: { severity: 'HIGH', type: 'drift' },
        publishedAt: expect.any(Number),
      },
    ]);
    expect(heard).toEqual(notifications);
    const lines = readFileSync(join(dataDirectory, 'logs', 'notifications.log'), 'utf8')
      .trim()
      .split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(notifications);
  });

  it('refuses what SNS refuses', async () => {
    const cloud = await startFixture({ resources: { Topic: topic() } });
    const codes: Record<string, unknown> = {};

    for (const [what, input] of Object.entries(REFUSED)) {
      const { status, body } = await publish(cloud, { ...ALERT, ...input });
      codes[what] = [status, /<Code>(\w+)<\/Code>/.exec(body)?.[1]];
    }

    expect(codes).toEqual({
      'a topic that the stack does not have': [404, 'NotFound'],
      'an empty message': [400, 'InvalidParameter'],
      'a message over 256 KB': [400, 'InvalidParameter'],
      'a subject of two lines': [400, 'InvalidParameter'],
      'a subject over 100 characters': [400, 'InvalidParameter'],
      'a subject beyond ASCII': [400, 'InvalidParameter'],
      'another action': [400, 'InvalidAction'],
    });
    expect(cloud.notifications()).toEqual([]);
  });

  it('is refused by name when it is a FIFO topic', async () => {
    const options = fixtureOptions({ resources: { Topic: topic({ FifoTopic: true }) } });

    await expect(startLocalCloud(options)).rejects.toMatchObject({
      message: 'The local cloud cannot run Topic, an AWS::SNS::Topic, because of its FifoTopic.',
    });
  });
});

describe('a notification on the terminal', () => {
  const notification: Notification = {
    messageId: 'm',
    topicArn: TOPIC_ARN,
    subject: undefined,
    message: 'First line.\nSecond line.',
    attributes: {},
    publishedAt: Date.UTC(2026, 0, 2, 3, 4, 5),
  };

  it('is one line: when, how severe, of which type, and what happened', () => {
    const attributes = { severity: 'HIGH', type: 'drift' };

    expect(notificationLine({ ...notification, attributes, subject: 'Drift at paper' })).toBe(
      '03:04:05  HIGH  drift  Drift at paper',
    );
  });

  it('makes do with what there is', () => {
    expect(notificationLine(notification)).toBe('03:04:05  NOTICE  First line. Second line.');
  });
});
