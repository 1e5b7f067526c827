import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));

/** What a test wants of the fixture's stack otherwise. */
export interface FixtureOptions {
  /** Where the worker notes the messages that it gets. */
  readonly notesFile?: string;
  /** Resources beside, or instead of, those of the fixture. */
  readonly resources?: Readonly<Record<string, unknown>>;
}

/**
 * Writes what `cdk synth` would write for a small stack: a table, a queue with its dead-letter queue, an HTTP API and
 * three functions, and the bundle of a fourth. It does not depend on Onefill's own.
 *
 * @returns the assembly's directory
 */
export function writeFixtureAssembly(directory: string, options: FixtureOptions = {}): string {
  mkdirSync(directory, { recursive: true });
  const functions = ['lab', 'worker', 'authorizer', 'listener'];
  for (const name of functions) {
    cpSync(join(FIXTURES, `${name}.mjs`), join(directory, `asset.${name}`, 'index.mjs'));
  }
  write(directory, 'manifest.json', {
    version: '54.0.0',
    artifacts: {
      'fixture.assets': { type: 'cdk:asset-manifest', properties: { file: 'fixture.assets.json' } },
      fixture: {
        type: 'aws:cloudformation:stack',
        environment: 'aws://unknown-account/unknown-region',
        properties: { templateFile: 'fixture.template.json' },
      },
    },
  });
  write(directory, 'fixture.assets.json', {
    files: Object.fromEntries(
      functions.map((name) => [
        name,
        { source: { path: `asset.${name}` }, destinations: { any: { objectKey: `${name}.zip` } } },
      ]),
    ),
  });
  write(directory, 'fixture.template.json', {
    Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'nowhere'] } },
    Resources: { ...resources(options.notesFile ?? '/dev/null'), ...options.resources },
    Outputs: {
      Url: { Value: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] } },
      TableName: { Value: { Ref: 'Table' } },
    },
  });
  return directory;
}

/** A function of the fixture as CloudFormation has it. */
export function fixtureFunction(name: string, properties: Readonly<Record<string, unknown>> = {}) {
  return {
    Type: 'AWS::Lambda::Function',
    Properties: {
      FunctionName: `fixture-${name}`,
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      Code: { S3Bucket: 'assets', S3Key: `${name}.zip` },
      Timeout: 5,
      MemorySize: 256,
      ...properties,
    },
  };
}

function resources(notesFile: string): Record<string, unknown> {
  return {
    Table: {
      Type: 'AWS::DynamoDB::GlobalTable',
      Properties: {
        TableName: 'fixture-table',
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
        Replicas: [{ Region: { Ref: 'AWS::Region' }, DeletionProtectionEnabled: true }],
      },
    },
    DeadLetterQueue: { Type: 'AWS::SQS::Queue', Properties: { FifoQueue: true } },
    Queue: {
      Type: 'AWS::SQS::Queue',
      Properties: {
        FifoQueue: true,
        VisibilityTimeout: 2,
        RedrivePolicy: {
          deadLetterTargetArn: { 'Fn::GetAtt': ['DeadLetterQueue', 'Arn'] },
          maxReceiveCount: 3,
        },
      },
    },
    LabFunction: fixtureFunction('lab', {
      Environment: { Variables: { TABLE_NAME: { Ref: 'Table' }, QUEUE_URL: { Ref: 'Queue' } } },
    }),
    WorkerFunction: fixtureFunction('worker', {
      Timeout: 2,
      Environment: { Variables: { NOTES_FILE: notesFile } },
    }),
    AuthorizerFunction: fixtureFunction('authorizer'),
    WorkerMapping: {
      Type: 'AWS::Lambda::EventSourceMapping',
      Properties: {
        EventSourceArn: { 'Fn::GetAtt': ['Queue', 'Arn'] },
        FunctionName: { Ref: 'WorkerFunction' },
        BatchSize: 10,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        ScalingConfig: { MaximumConcurrency: 4 },
      },
    },
    Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'fixture', ProtocolType: 'HTTP' } },
    Stage: { Type: 'AWS::ApiGatewayV2::Stage', Properties: { StageName: '$default' } },
    Authorizer: {
      Type: 'AWS::ApiGatewayV2::Authorizer',
      Properties: {
        AuthorizerType: 'REQUEST',
        AuthorizerPayloadFormatVersion: '2.0',
        EnableSimpleResponses: true,
        AuthorizerUri: lambdaUri('AuthorizerFunction'),
      },
    },
    Integration: {
      Type: 'AWS::ApiGatewayV2::Integration',
      Properties: {
        IntegrationType: 'AWS_PROXY',
        PayloadFormatVersion: '2.0',
        IntegrationUri: { 'Fn::GetAtt': ['LabFunction', 'Arn'] },
      },
    },
    LabRoute: route('ANY /lab/{proxy+}', {}),
    GuardedRoute: route('GET /guarded', {
      AuthorizationType: 'CUSTOM',
      AuthorizerId: { Ref: 'Authorizer' },
    }),
  };
}

function lambdaUri(logicalId: string) {
  const path = ':lambda:path/2015-03-31/functions/';
  const arn = { 'Fn::GetAtt': [logicalId, 'Arn'] };
  return { 'Fn::Join': ['', ['arn:aws:apigateway:us-east-1', path, arn, '/invocations']] };
}

function route(routeKey: string, authorization: Readonly<Record<string, unknown>>) {
  return {
    Type: 'AWS::ApiGatewayV2::Route',
    Properties: {
      RouteKey: routeKey,
      Target: { 'Fn::Join': ['/', ['integrations', { Ref: 'Integration' }]] },
      ...authorization,
    },
  };
}

function write(directory: string, file: string, content: unknown): void {
  writeFileSync(join(directory, file), JSON.stringify(content, undefined, 1));
}
