import { App, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import { describe, expect, it } from 'vitest';
import {
  AccountsQueue,
  type AccountsQueueConsumerOptions,
  type AccountsQueueProps,
} from '../../lib/constructs/accounts-queue.ts';
import { OnefillFunction, type OnefillFunctionProps } from '../../lib/constructs/function.ts';
import { NamedSecrets } from '../../lib/constructs/named-secrets.ts';
import { FunctionSchedule } from '../../lib/constructs/schedule.ts';
import { temporaryDirectory } from './temporary-directory.ts';

describe('a queue', () => {
  it('refuses a consumer that may run longer than its messages stay hidden', () => {
    expect(() => consume({ timeout: Duration.seconds(16) })).toThrow(
      "The consumer's timeout of 16 s exceeds the queue's visibility timeout of 15 s",
    );
  });

  it('takes a consumer that may run just as long', () => {
    expect(() => consume({ timeout: Duration.seconds(15) })).not.toThrow();
  });

  it.each([1, 1_001, 2.5])(
    'refuses a maximum concurrency of %d and says which there are',
    (concurrencyMax) => {
      expect(() => consume({}, { concurrencyMax })).toThrow('choose a whole number from 2 to 1000');
    },
  );

  it.each([0, 11])('refuses a batch size of %d and says which there are', (batchSize) => {
    expect(() => consume({}, { concurrencyMax: 2, batchSize })).toThrow('choose a whole number from 1 to 10');
  });

  it('refuses a retention in which a message cannot be received as often as it may be', () => {
    expect(() => queue({ maxReceiveCount: 10, retention: Duration.seconds(150) })).toThrow(
      '10 receives take 150 s; a message would be dropped after its retention of 150 s',
    );
  });

  it('refuses to drop dead letters no later than messages', () => {
    expect(() => queue({ retention: Duration.days(4), deadLetterRetention: Duration.days(4) })).toThrow(
      'Dead letters are kept for 345600 s from when they were first sent',
    );
  });

  it.each([0, 1_001])('refuses a maximum receive count of %d', (maxReceiveCount) => {
    expect(() => queue({ maxReceiveCount })).toThrow('choose a whole number from 1 to 1000');
  });
});

describe('a function', () => {
  it('refuses to be allowed actions by wildcard', () => {
    expect(() => functionOf().allow(['dynamodb:GetItem', 'sqs:*'], ['*'])).toThrow('sqs:* names many');
  });

  it.each([0, 901])('refuses a timeout of %d s and says which there are', (seconds) => {
    expect(() => functionOf({ timeout: Duration.seconds(seconds) })).toThrow('Lambda takes 1 to 900 s');
  });

  it.each([127, 10_241, 256.5])('refuses a memory of %d MB and says which there are', (memorySizeMb) => {
    expect(() => functionOf({ memorySizeMb })).toThrow('Lambda takes 128 to 10240 MB');
  });
});

describe('a schedule', () => {
  const schedule = (timeoutSeconds: number) => {
    const scope = stack();
    const target = functionOf({ timeout: Duration.seconds(timeoutSeconds) }, scope);
    return new FunctionSchedule(scope, 'Schedule', { target, period: Duration.minutes(1) });
  };

  it('refuses a function whose run may last until the next one', () => {
    expect(() => schedule(60)).toThrow(
      'A run of authorizer may take 60 s, and the next would begin after 60 s',
    );
  });

  it('takes a function whose run is over before', () => {
    expect(() => schedule(59)).not.toThrow();
  });
});

describe('named secrets', () => {
  it.each(['onefill', '', '/', 'one fill/', 'onefill/*/'])('refuse the name prefix %o', (namePrefix) => {
    const props = { namePrefix, owners: 'webhooks', reason: 'made by operators' } as const;
    expect(() => new NamedSecrets(stack(), 'Secrets', props)).toThrow('it must end in a slash');
  });
});

function stack(): Stack {
  return new Stack(new App({ outdir: temporaryDirectory() }), 'Test');
}

function queue(props: Partial<AccountsQueueProps>, scope = stack()): AccountsQueue {
  return new AccountsQueue(scope, 'Queue', {
    visibilityTimeout: Duration.seconds(15),
    removalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
}

function functionOf(
  props: Partial<OnefillFunctionProps<'authorizer'>> = {},
  scope = stack(),
): OnefillFunction<'authorizer'> {
  return new OnefillFunction(scope, 'Function', {
    name: 'authorizer',
    environment: { LEDGER_TABLE_NAME: 'ledger' },
    stageName: 'test',
    timeout: Duration.seconds(5),
    logLevel: 'INFO',
    logRetention: RetentionDays.ONE_DAY,
    logRemovalPolicy: RemovalPolicy.DESTROY,
    ...props,
  });
}

function consume(
  props: Partial<OnefillFunctionProps<'authorizer'>>,
  options: AccountsQueueConsumerOptions = { concurrencyMax: 2 },
): void {
  const scope = stack();
  queue({}, scope).addConsumer(functionOf(props, scope), options);
}
