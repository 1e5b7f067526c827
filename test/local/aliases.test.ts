import { expect, it } from 'vitest';
import { queueOf } from './clients.ts';
import { eventually, startFixture } from './support.ts';

/** As the CDK writes them: the ARN by `Ref`, and the name as a part of it with the alias behind. */
const alias = (logicalId: string) => ({
  Type: 'AWS::Lambda::Alias',
  Properties: {
    FunctionName: { Ref: `${logicalId}Function` },
    FunctionVersion: { 'Fn::GetAtt': [`${logicalId}Version`, 'Version'] },
    Name: 'live',
  },
});

const version = (logicalId: string) => ({
  Type: 'AWS::Lambda::Version',
  Properties: { FunctionName: { Ref: `${logicalId}Function` } },
});

const nameOfAlias = {
  'Fn::Join': ['', [{ 'Fn::Select': [6, { 'Fn::Split': [':', { Ref: 'WorkerAlias' }] }] }, ':live']],
};

it('runs the function behind an alias, wherever the template refers to it', async () => {
  let tick: () => void = () => undefined;
  const cloud = await startFixture({
    every: (_periodMs, work) => {
      tick = work;
      return () => undefined;
    },
    resources: {
      LabVersion: version('Lab'),
      LabAlias: alias('Lab'),
      WorkerVersion: version('Worker'),
      WorkerAlias: alias('Worker'),
      Integration: {
        Type: 'AWS::ApiGatewayV2::Integration',
        Properties: {
          IntegrationType: 'AWS_PROXY',
          PayloadFormatVersion: '2.0',
          IntegrationUri: { Ref: 'LabAlias' },
        },
      },
      WorkerMapping: {
        Type: 'AWS::Lambda::EventSourceMapping',
        Properties: { EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] }, FunctionName: nameOfAlias },
      },
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: {
          ScheduleExpression: 'rate(1 minute)',
          Targets: [{ Id: 'Target0', Arn: { Ref: 'LabAlias' }, Input: '{"do":"log","line":"scheduled"}' }],
        },
      },
    },
  });

  tick();
  await eventually('the run', () => cloud.logs('lab').includes('scheduled') || undefined);
  expect((await fetch(`${cloud.url}/lab/x?do=echo`)).status).toBe(200);
  await queueOf(cloud).send('g', 'hello');
  await eventually('the message is worked on', async () => {
    const worker = cloud.environments().find(({ functionName }) => functionName === 'worker');
    return worker?.invocations === 1 || undefined;
  });
  expect(cloud.resolve('LabAlias')).toBe('arn:aws:lambda:us-east-1:000000000000:function:fixture-lab:live');
});
