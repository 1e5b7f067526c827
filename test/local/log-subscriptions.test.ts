import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { LogSubscription } from '../../lib/local/log-subscription.ts';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { startLocalCloud } from '../../lib/local/start.ts';
import { fixtureFunction } from './assembly.ts';
import { eventually, fixtureOptions, startFixture } from './support.ts';

const filter = (properties: object = {}) => ({
  Type: 'AWS::Logs::SubscriptionFilter',
  Properties: {
    DestinationArn: { 'Fn::GetAtt': ['ListenerFunction', 'Arn'] },
    FilterPattern: '{ $.alert.severity = * }',
    LogGroupName: { Ref: 'LabLog' },
    ...properties,
  },
});

const resources = {
  LabLog: { Type: 'AWS::Logs::LogGroup', Properties: {} },
  LabFunction: fixtureFunction('lab', { LoggingConfig: { LogGroup: { Ref: 'LabLog' } } }),
  ListenerFunction: fixtureFunction('listener'),
  Filter: filter(),
};

describe('a subscription filter of the template', () => {
  it('has the lines that it wants delivered to its function, and no others', async () => {
    const cloud = await startFixture({ resources });
    const line = '{"alert":{"severity":"HIGH","type":"drift"}}';

    await cloud.invoke('lab', { do: 'log', line: 'nothing to see' });
    await cloud.invoke('lab', { do: 'log', line });

    const delivery = await eventually('the delivery', () =>
      cloud.logs('listener').find((each) => each.startsWith('{')),
    );
    expect(JSON.parse(delivery)).toEqual({
      messageType: 'DATA_MESSAGE',
      owner: '000000000000',
      logGroup: 'fixture-LabLog',
      logStream: 'local',
      subscriptionFilters: ['fixture-Filter'],
      logEvents: [{ id: expect.stringMatching(/^\d{56}$/), timestamp: expect.any(Number), message: line }],
    });
  });

  it('repeats a delivery as often as the function’s configuration says', async () => {
    const once = {
      Type: 'AWS::Lambda::EventInvokeConfig',
      Properties: {
        FunctionName: { Ref: 'ListenerFunction' },
        MaximumRetryAttempts: 0,
        Qualifier: '$LATEST',
      },
    };
    const cloud = await startFixture({ resources: { ...resources, Once: once } });

    await cloud.invoke('lab', { do: 'log', line: '{"alert":{"severity":"poison"}}' });

    await eventually(
      'it is given up',
      () =>
        cloud
          .logs('listener')
          .includes('onefill: 1 line of fixture-LabLog were given up: cannot be digested') || undefined,
    );
    expect(cloud.logs('listener').filter((line) => line.startsWith('{'))).toHaveLength(1);
  });

  it('is delivered, when everything stops, what was written just before', async () => {
    const cloud = await startFixture({ resources });
    await cloud.invoke('lab', { do: 'log', line: '{"alert":{"severity":"LOW"}}' });
    // The answer and the line take different ways out of the process.
    await eventually('the line is in the log', () => cloud.logs('lab').find((line) => line.includes('LOW')));

    await cloud.stop();

    expect(cloud.logs('listener').filter((line) => line.includes('LOW'))).toHaveLength(1);
  });

  it.each([
    [
      'a pattern of another kind',
      { FilterPattern: '?ERROR' },
      'The local cloud cannot run Filter, an AWS::Logs::SubscriptionFilter: its pattern ?ERROR is of a kind that',
    ],
    ['a log that no function writes', { LogGroupName: 'access' }, 'its log group access is of no function'],
    [
      'a stream as its destination',
      { DestinationArn: 'arn:aws:kinesis:x' },
      'The stack has no function arn:aws',
    ],
  ])('is refused by name when it has %s', async (_what, properties, message) => {
    const options = fixtureOptions({ resources: { ...resources, Filter: filter(properties) } });

    await expect(startLocalCloud(options)).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(message),
    });
  });
});

describe('a log subscription', () => {
  const failed: InvocationResult = { ok: false, error: { errorType: 'Error', errorMessage: 'down' } };
  const done: InvocationResult = { ok: true, payload: 'null' };

  function subscribed(results: readonly InvocationResult[]) {
    const deliveries: string[][] = [];
    const problems: string[] = [];
    const invoke = async (payload: string) => {
      const data = Buffer.from(JSON.parse(payload).awslogs.data, 'base64');
      const { logEvents } = JSON.parse(gunzipSync(data).toString());
      deliveries.push(logEvents.map(({ message }: { message: string }) => message));
      return results[deliveries.length - 1] ?? done;
    };
    const subscription = new LogSubscription(
      { filterName: 'f', logGroupName: 'g', wants: () => true, retryPausesMs: [1, 1] },
      { invoke, onProblem: (problem) => problems.push(problem) },
    );
    return { subscription, deliveries, problems };
  }

  it('delivers lines that come together in one batch, in their order', async () => {
    const { subscription, deliveries } = subscribed([]);

    subscription.hear('a');
    subscription.hear('b');
    await eventually('the batch', () => deliveries.length > 0 || undefined);
    subscription.hear('c');
    await subscription.stop(1_000);

    expect(deliveries).toEqual([['a', 'b'], ['c']]);
  });

  it('repeats what failed twice, with all of it, and then gives it up', async () => {
    const { subscription, deliveries, problems } = subscribed([failed, failed, failed]);

    subscription.hear('a');
    await subscription.stop(1_000);

    expect(deliveries).toEqual([['a'], ['a'], ['a']]);
    expect(problems).toEqual(['1 line of g were given up: down']);
  });

  it('repeats no more once it succeeds', async () => {
    const { subscription, deliveries, problems } = subscribed([failed, done]);

    subscription.hear('a');
    await subscription.stop(1_000);

    expect(deliveries).toEqual([['a'], ['a']]);
    expect(problems).toEqual([]);
  });
});
