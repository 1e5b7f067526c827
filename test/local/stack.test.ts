import { describe, expect, it } from 'vitest';
import { readAssembly } from '../../lib/local/assembly.ts';
import { readFunctions, type ServiceEndpoints } from '../../lib/local/function-definition.ts';
import { readHttpApi } from '../../lib/local/http-api.ts';
import { openStack } from '../../lib/local/stack.ts';
import { fixtureFunction, writeFixtureAssembly } from './assembly.ts';
import { temporaryDirectory } from './support.ts';

const ENDPOINTS = { queues: 'http://127.0.0.1:9324', gateway: 'http://127.0.0.1:3000' };
const SERVICES = {
  dynamodb: 'http://db',
  sqs: 'http://sqs',
  secretsManager: 'http://secrets',
  sns: 'http://sns',
};

function open(resources: Readonly<Record<string, unknown>> = {}) {
  const directory = writeFixtureAssembly(temporaryDirectory(), { resources });
  return { directory, stack: openStack(readAssembly(directory), ENDPOINTS) };
}

describe('a synthesized stack', () => {
  it('gives its resources identities that do not change', () => {
    const { stack } = open();

    expect(stack.reference('Table')).toBe('fixture-table');
    expect(stack.attribute('Table', 'Arn')).toBe(
      'arn:aws:dynamodb:us-east-1:000000000000:table/fixture-table',
    );
    expect(stack.reference('Queue')).toBe('http://127.0.0.1:9324/000000000000/fixture-Queue.fifo');
    expect(stack.attribute('Queue', 'Arn')).toBe('arn:aws:sqs:us-east-1:000000000000:fixture-Queue.fifo');
    expect(stack.attribute('LabFunction', 'Arn')).toBe(
      'arn:aws:lambda:us-east-1:000000000000:function:fixture-lab',
    );
    expect(stack.outputs()).toEqual({ Url: 'http://127.0.0.1:3000', TableName: 'fixture-table' });
  });

  it('defines its functions, with the variables of the template, of Lambda and of the services', () => {
    const { stack, directory } = open();

    const lab = readFunctions(stack, SERVICES).find(({ name }) => name === 'lab');

    expect(lab).toMatchObject({
      functionName: 'fixture-lab',
      modulePath: `${directory}/asset.lab/index.mjs`,
      handlerName: 'handler',
      timeoutMs: 5_000,
      memoryMb: 256,
    });
    expect(lab?.variables).toMatchObject({
      TABLE_NAME: 'fixture-table',
      QUEUE_URL: 'http://127.0.0.1:9324/000000000000/fixture-Queue.fifo',
      AWS_REGION: 'us-east-1',
      AWS_LAMBDA_FUNCTION_NAME: 'fixture-lab',
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
      AWS_ENDPOINT_URL_DYNAMODB: 'http://db',
      AWS_ENDPOINT_URL_SQS: 'http://sqs',
      AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://secrets',
      AWS_ENDPOINT_URL_SNS: 'http://sns',
      AWS_ENDPOINT_URL: 'http://127.0.0.1:1',
    });
  });

  it('tells functions where fakes of venues are only if there are any', () => {
    const { stack } = open();
    const variableOf = (services: ServiceEndpoints) =>
      readFunctions(stack, services).map(({ variables }) => variables.ONEFILL_VENUE_ENDPOINTS);
    expect(variableOf(SERVICES)).toEqual([undefined, undefined, undefined]);
    const told = '{"alpaca":"http://127.0.0.1:1"}';
    expect(variableOf({ ...SERVICES, venues: JSON.parse(told) })).toEqual([told, told, told]);
  });

  it('leads the routes of its API to functions', () => {
    const { stack } = open();
    const api = readHttpApi(stack, readFunctions(stack, SERVICES));

    expect(
      api?.routes.map(({ routeKey, target }) => [
        routeKey,
        target.function.name,
        target.authorizer?.function.name,
      ]),
    ).toEqual([
      ['ANY /lab/{proxy+}', 'lab', undefined],
      ['GET /guarded', 'lab', 'authorizer'],
    ]);
  });

  it('has no resource whose condition does not hold', () => {
    const { stack } = open({
      Absent: { ...fixtureFunction('lab'), Condition: 'Never' },
      Unknown: { Type: 'AWS::Scheduler::Schedule', Condition: 'Never' },
    });

    expect(readFunctions(stack, SERVICES).map(({ name }) => name)).toEqual(['lab', 'worker', 'authorizer']);
  });

  it.each([
    ['AWS::Scheduler::Schedule', {}],
    ['AWS::Events::EventBus', {}],
    ['AWS::StepFunctions::StateMachine', {}],
    ['AWS::CodeDeploy::Application', {}],
    ['Custom::Anything', {}],
  ])('is refused by name when it has an %s', (type, properties) => {
    expect(() => open({ Extra: { Type: type, Properties: properties } })).toThrow(
      `The local cloud cannot run Extra, an ${type}.`,
    );
  });

  it.each([
    ['a layer', 'Layers', fixtureFunction('lab', { Layers: ['arn:layer'] })],
    ['another runtime', 'Runtime', fixtureFunction('lab', { Runtime: 'python3.13' })],
    ['code in the template', 'Code.S3Key', fixtureFunction('lab', { Code: { ZipFile: 'x' } })],
  ])('is refused when a function has %s', (_what, property, extra) => {
    const { stack } = open({ Extra: extra });

    expect(() => readFunctions(stack, SERVICES)).toThrow(
      `The local cloud cannot run Extra, an AWS::Lambda::Function, because of its ${property}.`,
    );
  });

  it.each([
    ['ProtocolType', { ProtocolType: 'WEBSOCKET' }],
    ['CorsConfiguration', { ProtocolType: 'HTTP', CorsConfiguration: { AllowCredentials: true } }],
    ['CorsConfiguration.AllowOrigins', { ProtocolType: 'HTTP', CorsConfiguration: { AllowOrigins: ['*'] } }],
  ])('is refused when its API has another %s than the gateway knows', (property, properties) => {
    const { stack } = open({ Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: properties } });

    expect(() => readHttpApi(stack, readFunctions(stack, SERVICES))).toThrow(
      `The local cloud cannot run Api, an AWS::ApiGatewayV2::Api, because of its ${property}.`,
    );
  });
});
