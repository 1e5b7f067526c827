import { describe, expect, it } from 'vitest';
import { render, resourcesOf, templateOf } from './synthesized.ts';

/**
 * test/infra/permissions.test.ts lists what each function may do. This one finds every statement that a template can
 * hold, wherever it is, so that none is added beside that list unseen.
 */

interface Statement {
  readonly Effect: string;
  readonly Action: string | readonly string[];
  readonly Resource?: unknown;
  readonly NotAction?: unknown;
  readonly NotResource?: unknown;
  readonly NotPrincipal?: unknown;
  readonly Principal?: unknown;
  readonly Condition?: unknown;
}

/** The statements of policies that are no function's own, by the resource that has them. */
const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  AccountsQueuePolicy: ['Deny sqs:* to * unless aws:SecureTransport'],
  AccountsDeadLetterQueuePolicy: ['Deny sqs:* to * unless aws:SecureTransport'],
  ActivityLogFailuresPolicy: ['Deny sqs:* to * unless aws:SecureTransport'],
  AlertingFailuresPolicy: ['Deny sqs:* to * unless aws:SecureTransport'],
  AlertsTopicKey: [
    'Allow kms:* to this account',
    'Allow kms:Decrypt, kms:GenerateDataKey* to cloudwatch.amazonaws.com of this account',
  ],
  AlertsTopicPolicy: [
    'Deny sns:Publish to * unless aws:SecureTransport',
    'Allow sns:Publish to cloudwatch.amazonaws.com of this account',
  ],
};

const resources = Object.entries(
  templateOf('production').toJSON().Resources as Record<string, { Type: string; Properties: object }>,
).map(([id, resource]) => ({ id: id.replace(/[0-9A-F]{8}$/, ''), ...resource }));

/** Every statement below a value. */
function statementsIn(value: unknown): readonly Statement[] {
  if (typeof value !== 'object' || value === null) {
    return [];
  }
  return Object.entries(value).flatMap(([name, below]) =>
    name === 'Statement' ? ([below].flat() as Statement[]) : statementsIn(below),
  );
}

const all = resources.flatMap(({ id, Type, Properties }) =>
  statementsIn(Properties).map((statement) => ({ id, Type, statement })),
);

describe('every statement of the template', () => {
  it("is in a function's policy or its role, or is listed here", () => {
    const others = all.filter(({ Type }) => !['AWS::IAM::Policy', 'AWS::IAM::Role'].includes(Type));
    const found: Record<string, string[]> = {};
    for (const { id, statement } of others) {
      found[id] = [...(found[id] ?? []), worded(statement)];
    }
    expect(found).toEqual(STATEMENTS);
  });

  it("lets nobody but Lambda take a function's role, and nobody but CodeDeploy its own", () => {
    const roles = all.filter(({ Type }) => Type === 'AWS::IAM::Role');
    expect(roles.length).toBeGreaterThan(4);
    // What CodeDeploy's role may do beside that is in test/infra/permissions.test.ts.
    for (const { id, statement } of roles.filter(
      ({ statement: { Action } }) => Action === 'sts:AssumeRole',
    )) {
      expect(statement).toEqual({
        Action: 'sts:AssumeRole',
        Effect: 'Allow',
        Principal: { Service: id === 'DeploymentRole' ? 'codedeploy.amazonaws.com' : 'lambda.amazonaws.com' },
      });
    }
  });

  it('allows by name: no action has a wildcard, none is turned round, no resource is everything', () => {
    const allowed = all.filter(
      ({ statement, Type }) => statement.Effect === 'Allow' && Type === 'AWS::IAM::Policy',
    );
    expect(allowed.length).toBeGreaterThan(10);
    for (const { id, statement } of allowed) {
      expect(statement.NotAction ?? statement.NotResource ?? statement.NotPrincipal, id).toBeUndefined();
      for (const action of [statement.Action].flat()) {
        expect(action, id).toMatch(/^[a-z]+:[A-Za-z]+$/);
      }
      for (const resource of [statement.Resource].flat().map(render)) {
        expect(resource, id).toMatch(
          /^(?:<\w+\.(?:Stream)?Arn>|<AlertsTopic>|arn:.*:secret:onefill\/production\/(?:webhooks|brokers)\/\*)$/,
        );
      }
    }
  });

  it('is all that there is: no policy of a kind that has not been thought of', () => {
    const types = new Set(
      resources.map(({ Type }) => Type).filter((type) => /Polic|Permission|Grant|Key$/.test(type)),
    );
    expect([...types].sort()).toEqual([
      'AWS::IAM::Policy',
      'AWS::KMS::Key',
      'AWS::Lambda::Permission',
      'AWS::SNS::TopicPolicy',
      'AWS::SQS::QueuePolicy',
    ]);
  });
});

const OF_THIS_ACCOUNT = '{"StringEquals":{"aws:SourceAccount":{"Ref":"AWS::AccountId"}}}';
const WITHOUT_TLS = '{"Bool":{"aws:SecureTransport":"false"}}';

function worded({ Effect, Action, Principal, Condition }: Statement): string {
  return `${Effect} ${[Action].flat().join(', ')} to ${whoIs(Principal)}${inWhichCase(JSON.stringify(Condition))}`;
}

function whoIs(principal: unknown): string {
  if (principal === '*') {
    return '*';
  }
  const { AWS, Service } = principal as { readonly AWS?: unknown; readonly Service?: string };
  if (Service !== undefined) {
    return Service;
  }
  return AWS === '*'
    ? '*'
    : render(AWS).replace(/^arn:<AWS::Partition>:iam::<AWS::AccountId>:root$/, 'this account');
}

function inWhichCase(condition: string | undefined): string {
  switch (condition) {
    case undefined:
      return '';
    case WITHOUT_TLS:
      return ' unless aws:SecureTransport';
    case OF_THIS_ACCOUNT:
      return ' of this account';
    default:
      return ` if ${condition}`;
  }
}

describe('encryption at rest', () => {
  const propertiesOf = (type: string) =>
    resources.filter(({ Type }) => Type === type).map(({ Properties }) => Properties);

  it('of every table is by a KMS key that AWS manages', () => {
    const tables = propertiesOf('AWS::DynamoDB::GlobalTable');
    expect(tables.length).toBeGreaterThan(2);
    for (const table of tables) {
      expect(table).toMatchObject({ SSESpecification: { SSEEnabled: true, SSEType: 'KMS' } });
    }
  });

  it('of every queue is by SQS', () => {
    const queues = propertiesOf('AWS::SQS::Queue');
    expect(queues.length).toBeGreaterThan(1);
    for (const queue of queues) {
      expect(queue).toMatchObject({ SqsManagedSseEnabled: true });
    }
  });

  it('of every topic is by a key of its own, which is changed each year', () => {
    const keys = Object.keys(resourcesOf('production', 'AWS::KMS::Key')).map((id) => `<${id}.Arn>`);
    const topics = Object.values(resourcesOf('production', 'AWS::SNS::Topic'));
    expect(topics.map(({ Properties }) => render(Properties.KmsMasterKeyId))).toEqual(keys);
    expect(propertiesOf('AWS::KMS::Key')).toMatchObject([{ EnableKeyRotation: true }]);
  });

  it('of functions is by the key that AWS manages for Lambda: no other is named', () => {
    for (const lambda of propertiesOf('AWS::Lambda::Function')) {
      expect(lambda).not.toHaveProperty('KmsKeyArn');
    }
  });

  it('of logs and of secrets, which are made while the system runs, is that of the service: no other key is named', () => {
    for (const group of propertiesOf('AWS::Logs::LogGroup')) {
      expect(group).not.toHaveProperty('KmsKeyId');
    }
    expect(propertiesOf('AWS::SecretsManager::Secret')).toEqual([]);
  });
});
