import { describe, expect, it } from 'vitest';
import { TIMING } from '../../functions/core/lease.ts';
import { ENVIRONMENT_CONTRACT, type FunctionName } from '../../functions/shared/environment.ts';
import { createApp } from '../../lib/app.ts';
import { render, resourceOf, resourcesOf, templateOf } from './synthesized.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const FUNCTIONS = [
  { id: 'Ingest', name: 'ingest', timeoutSeconds: 5, memorySizeMb: 512 },
  { id: 'Strategy', name: 'strategy', timeoutSeconds: 3, memorySizeMb: 512 },
  { id: 'Reconcile', name: 'reconcile', timeoutSeconds: 50, memorySizeMb: 512 },
  { id: 'Admin', name: 'admin', timeoutSeconds: 20, memorySizeMb: 512 },
  { id: 'Authorizer', name: 'authorizer', timeoutSeconds: 5, memorySizeMb: 256 },
  { id: 'Canary', name: 'canary', timeoutSeconds: 40, memorySizeMb: 256 },
  { id: 'Activity', name: 'activity', timeoutSeconds: 30, memorySizeMb: 512 },
  { id: 'Alerts', name: 'alerts', timeoutSeconds: 20, memorySizeMb: 256 },
] as const;

/** How long API Gateway waits for a function at most. */
const HTTP_API_TIMEOUT_SECONDS = 30;
/** When TradingView sends a webhook again that was not answered. */
const PROVIDER_RESEND_SECONDS = 5;

describe('the functions', () => {
  it('are these seven', () => {
    expect(Object.keys(resourcesOf('production', 'AWS::Lambda::Function')).sort()).toEqual([
      'ActivityFunction',
      'AdminFunction',
      'AlertsFunction',
      'AuthorizerFunction',
      'CanaryFunction',
      'IngestFunction',
      'ReconcileFunction',
      'StrategyFunction',
    ]);
  });

  it.each(FUNCTIONS)(
    '$name runs on Node 24 and arm64 within $timeoutSeconds s and $memorySizeMb MB',
    (expected) => {
      expect(functionProperties(expected.id)).toMatchObject({
        FunctionName: `onefill-production-${expected.name}`,
        Runtime: 'nodejs24.x',
        Architectures: ['arm64'],
        Handler: 'index.handler',
        Timeout: expected.timeoutSeconds,
        MemorySize: expected.memorySizeMb,
      });
    },
  );

  it.each(FUNCTIONS)('$name gets its environment contract and no other variable', ({ id, name }) => {
    const { Variables } = functionProperties(id).Environment as { Variables: Record<string, unknown> };
    expect(Object.keys(Variables).sort()).toEqual(
      [...contractOf(name), 'ONEFILL_STAGE', 'POWERTOOLS_LOG_LEVEL', 'POWERTOOLS_SERVICE_NAME'].sort(),
    );
    expect(Variables).toMatchObject({ ONEFILL_STAGE: 'production', POWERTOOLS_SERVICE_NAME: name });
  });

  it.each(FUNCTIONS)(
    '$name finds the tables, the queues and the secrets under the names in its environment',
    (of) => {
      const { Variables } = functionProperties(of.id).Environment as { Variables: Record<string, unknown> };
      const expected: Record<string, string> = {
        LEDGER_TABLE_NAME: '<LedgerTable>',
        OPERATIONS_TABLE_NAME: '<OperationsTable>',
        IDEMPOTENCY_TABLE_NAME: '<IdempotencyTable>',
        ACCOUNTS_QUEUE_URL: '<AccountsQueue>',
        DEAD_LETTER_QUEUE_URL: '<AccountsDeadLetterQueue>',
        ACTIVITY_FAILURES_QUEUE_URL: '<ActivityLogFailures>',
        ALERT_FAILURES_QUEUE_URL: '<AlertingFailures>',
        SECRET_NAME_PREFIX: 'onefill/production/',
        ALERTS_TOPIC_ARN: '<AlertsTopic>',
        API_URL: '<HttpApi.ApiEndpoint>',
      };
      for (const variable of contractOf(of.name)) {
        expect(render(Variables[variable])).toBe(expected[variable]);
      }
    },
  );

  it.each(FUNCTIONS)('$name writes JSON to a log group of its own, with a retention', ({ id }) => {
    expect(functionProperties(id).LoggingConfig).toMatchObject({ LogFormat: 'JSON' });
    const { LogGroup } = functionProperties(id).LoggingConfig as { LogGroup: unknown };
    expect(render(LogGroup)).toBe(`<${id}LogGroup>`);
    expect(resourceOf('production', 'AWS::Logs::LogGroup', `${id}LogGroup`).Properties.RetentionInDays).toBe(
      365,
    );
  });

  it('hold no secret: neither their environment nor the outputs have a value that is made at random or by hand', () => {
    const template = JSON.stringify(templateOf('production').toJSON());
    expect(template).not.toMatch(/resolve:|NoEcho|AWS::SecretsManager::Secret\b|whsec_|Bearer/);
  });
});

describe('the ledger table', () => {
  const ledger = () => resourceOf('production', 'AWS::DynamoDB::GlobalTable', 'LedgerTable').Properties;

  it('has the keys pk and sk and is paid by request', () => {
    expect(ledger()).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
      ],
    });
  });

  it('streams old and new images, is encrypted, and forgets by expiresAtSeconds', () => {
    expect(ledger()).toMatchObject({
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
      TimeToLiveSpecification: { AttributeName: 'expiresAtSeconds', Enabled: true },
    });
  });
});

describe('the idempotency table', () => {
  it('has what Powertools expects: the key id, and expiration as its time to live', () => {
    expect(
      resourceOf('production', 'AWS::DynamoDB::GlobalTable', 'IdempotencyTable').Properties,
    ).toMatchObject({
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
      TimeToLiveSpecification: { AttributeName: 'expiration', Enabled: true },
      SSESpecification: { SSEEnabled: true },
    });
  });
});

describe('the accounts queue', () => {
  it.each(['AccountsQueue', 'AccountsDeadLetterQueue'])(
    '%s is an encrypted high throughput FIFO queue',
    (id) => {
      expect(queueProperties(id)).toMatchObject({
        FifoQueue: true,
        ContentBasedDeduplication: false,
        DeduplicationScope: 'messageGroup',
        FifoThroughputLimit: 'perMessageGroupId',
        SqsManagedSseEnabled: true,
      });
    },
  );

  it.each(['AccountsQueuePolicy', 'AccountsDeadLetterQueuePolicy'])(
    '%s denies what is not sent by TLS',
    (id) => {
      const { PolicyDocument } = resourceOf('production', 'AWS::SQS::QueuePolicy', id).Properties;
      expect(PolicyDocument).toMatchObject({
        Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
      });
    },
  );

  it('hands a message to the dead-letter queue after thirty receives', () => {
    const { RedrivePolicy } = queueProperties('AccountsQueue') as { RedrivePolicy: Record<string, unknown> };
    expect(RedrivePolicy.maxReceiveCount).toBe(30);
    expect(render(RedrivePolicy.deadLetterTargetArn)).toBe('<AccountsDeadLetterQueue.Arn>');
  });

  it('raises an alarm at the first dead letter (I7)', () => {
    const alarm = resourceOf('production', 'AWS::CloudWatch::Alarm', 'AccountsDeadLetterAlarm').Properties;
    expect(alarm).toMatchObject({
      MetricName: 'ApproximateNumberOfMessagesVisible',
      Threshold: 1,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Period: 60,
    });
    expect(render((alarm.Dimensions as { Value: unknown }[])[0]?.Value)).toBe(
      '<AccountsDeadLetterQueue.QueueName>',
    );
  });

  it('is consumed by the strategy function, ten messages at a time, each answered for itself', () => {
    const mapping = mappingProperties();
    expect(mapping).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] });
    expect(render(mapping.EventSourceArn)).toBe('<AccountsQueue.Arn>');
    expect(render(mapping.FunctionName)).toBe('<StrategyAlias>[6]:live');
  });
});

describe('the timeouts', () => {
  const visibilitySeconds = () => Number(queueProperties('AccountsQueue').VisibilityTimeout);
  const retentionSeconds = () => Number(queueProperties('AccountsQueue').MessageRetentionPeriod);

  it('hide a message for at least as long as the strategy function may work on it', () => {
    expect(visibilitySeconds()).toBe(TIMING.visibilityTimeoutSeconds);
    expect(Number(functionProperties('Strategy').Timeout)).toBeLessThanOrEqual(visibilitySeconds());
  });

  it('give a lease time for a call to the venue, and a message back once its lease has lapsed', () => {
    const lapsedMs = TIMING.leaseDurationMs + TIMING.clockSkewMs;
    expect(TIMING.brokerTimeoutMs + TIMING.brokerMarginMs).toBeLessThan(TIMING.leaseDurationMs);
    expect(TIMING.leaseRenewalMs * 3).toBeLessThanOrEqual(TIMING.leaseDurationMs);
    expect(lapsedMs).toBeLessThanOrEqual(TIMING.visibilityTimeoutSeconds * 1_000);
  });

  it('give an invocation time for two calls that the venue never answers, and to say so', () => {
    const timeoutMs = Number(functionProperties('Strategy').Timeout) * 1_000;
    expect(2 * TIMING.brokerTimeoutMs + TIMING.brokerMarginMs).toBeLessThanOrEqual(
      TIMING.remainingTimeFloorMs,
    );
    expect(TIMING.remainingTimeFloorMs).toBeLessThan(timeoutMs);
  });

  it('keep a message for longer than all of its receives take', () => {
    expect(30 * visibilitySeconds()).toBeLessThan(retentionSeconds());
  });

  it('keep a dead letter for longer than a message waits', () => {
    expect(retentionSeconds()).toBe(4 * 24 * 60 * 60);
    expect(queueProperties('AccountsDeadLetterQueue').MessageRetentionPeriod).toBe(14 * 24 * 60 * 60);
  });

  it('end an ingest before its provider sends again', () => {
    expect(Number(functionProperties('Ingest').Timeout)).toBeLessThanOrEqual(PROVIDER_RESEND_SECONDS);
  });

  it('end each function behind the API, with its authorizer, before API Gateway gives up', () => {
    const authorizer = Number(functionProperties('Authorizer').Timeout);
    for (const id of ['Ingest', 'Admin'] as const) {
      expect(authorizer + Number(functionProperties(id).Timeout)).toBeLessThan(HTTP_API_TIMEOUT_SECONDS);
    }
  });
});

describe('the stack', () => {
  it('is the same every time', () => {
    const again = createApp({
      stage: 'production',
      templateValidation: false,
      outdir: temporaryDirectory(),
    });
    expect(again.synth().getStackByName('onefill-production').template).toEqual(
      templateOf('production').toJSON(),
    );
  });

  it('tells where the API, the ledger and the topic of alerts are, and nothing else', () => {
    const outputs = templateOf('production').findOutputs('*');
    expect(Object.keys(outputs).sort()).toEqual([
      'AlertsTopicArn',
      'ApiUrl',
      'LedgerTableName',
      'OperationsTableName',
    ]);
    expect(render(outputs.ApiUrl?.Value)).toBe('<HttpApi.ApiEndpoint>');
    expect(render(outputs.LedgerTableName?.Value)).toBe('<LedgerTable>');
    expect(render(outputs.OperationsTableName?.Value)).toBe('<OperationsTable>');
  });
});

function functionProperties(id: (typeof FUNCTIONS)[number]['id']) {
  return resourceOf('production', 'AWS::Lambda::Function', `${id}Function`).Properties;
}

function contractOf(name: FunctionName): readonly string[] {
  return ENVIRONMENT_CONTRACT[name];
}

function queueProperties(id: string) {
  return resourceOf('production', 'AWS::SQS::Queue', id).Properties;
}

function mappingProperties() {
  return resourceOf('production', 'AWS::Lambda::EventSourceMapping', 'AccountsEventSourceMapping').Properties;
}
