import { describe, expect, it } from 'vitest';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { type Every, everyByTimer, Schedule } from '../../lib/local/schedule.ts';
import { startLocalCloud } from '../../lib/local/start.ts';
import { fixtureFunction } from './assembly.ts';
import { eventually, fixtureOptions, startFixture } from './support.ts';

/** Time that passes when the test says so. */
function handOperated() {
  const running: { readonly periodMs: number; readonly tick: () => void }[] = [];
  const every: Every = (periodMs, tick) => {
    const timer = { periodMs, tick };
    running.push(timer);
    return () => void running.splice(running.indexOf(timer), 1);
  };
  const pass = () => {
    for (const { tick } of [...running]) {
      tick();
    }
  };
  return { every, pass, periodsMs: () => running.map(({ periodMs }) => periodMs) };
}

const rule = (properties: object = {}) => ({
  Type: 'AWS::Events::Rule',
  Properties: {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [
      {
        Id: 'Target0',
        Arn: { 'Fn::GetAtt': ['LabFunction', 'Arn'] },
        Input: '{"do":"log","line":"scheduled"}',
        RetryPolicy: { MaximumRetryAttempts: 0 },
      },
    ],
    ...properties,
  },
});

const target = (properties: object) => ({
  Targets: [{ Id: 'Target0', Arn: { 'Fn::GetAtt': ['LabFunction', 'Arn'] }, Input: '{}', ...properties }],
});

describe('a schedule of the template', () => {
  it('runs its function with its event: first a period after the start, then period by period', async () => {
    const time = handOperated();
    const cloud = await startFixture({ every: time.every, resources: { Rule: rule() } });
    const runs = () => cloud.logs('lab').filter((line) => line === 'scheduled').length;

    expect(time.periodsMs()).toEqual([60_000]);
    expect(runs()).toBe(0);
    time.pass();
    await eventually('the first run', () => runs() === 1 || undefined);
    time.pass();
    await eventually('the second run', () => runs() === 2 || undefined);
    await cloud.stop();

    expect(time.periodsMs()).toEqual([]);
  });

  it('runs every target, of each rule, at its own rate', async () => {
    const time = handOperated();
    await startFixture({
      every: time.every,
      resources: {
        Hourly: rule({ ScheduleExpression: 'rate(2 hours)' }),
        Daily: rule({ ScheduleExpression: 'rate(1 day)', Targets: [] }),
        Minutely: rule({
          ScheduleExpression: 'rate(5 minutes)',
          Targets: [...target({}).Targets, ...target({ Id: 'Target1' }).Targets],
        }),
      },
    });

    expect(time.periodsMs()).toEqual([7_200_000, 300_000, 300_000]);
  });

  it('does nothing while its rule is disabled', async () => {
    const time = handOperated();
    await startFixture({ every: time.every, resources: { Rule: rule({ State: 'DISABLED' }) } });

    expect(time.periodsMs()).toEqual([]);
  });

  it('never has two runs at once where the stack reserves one environment', async () => {
    const time = handOperated();
    const LabFunction = fixtureFunction('lab', { ReservedConcurrentExecutions: 1 });
    const Rule = rule(target({ Input: '{"do":"wait","ms":300}' }));
    const cloud = await startFixture({ every: time.every, resources: { LabFunction, Rule } });
    const busy = () => cloud.environments().find(({ state }) => state === 'busy');

    time.pass();
    const first = await eventually('the first run', busy);
    time.pass();

    expect(cloud.logs('lab')).toContain(
      'onefill: a scheduled run was left out, because the one before it is not over',
    );
    await eventually('the first run is over', () => busy() === undefined || undefined);
    time.pass();
    expect(await eventually('the next run', busy)).toMatchObject({ pid: first.pid, invocations: 2 });
  });

  it.each([
    ['a time of day', { ScheduleExpression: 'cron(0 12 * * ? *)' }, 'cron(0 12 * * ? *) is not a rate'],
    ['no time at all', { ScheduleExpression: 'rate(0 minutes)' }, 'rate(0 minutes) is not a rate'],
    ['an unknown unit', { ScheduleExpression: 'rate(1 week)' }, 'rate(1 week) is not a rate'],
    ['events', { ScheduleExpression: undefined, EventPattern: { source: ['aws.s3'] } }, 'EventPattern'],
    ['events as well', { EventPattern: { source: ['aws.s3'] } }, 'because of its EventPattern'],
    ['an event that it does not say', target({ Input: undefined }), 'because of its Targets.0.Input'],
    [
      'an event made of another',
      target({ InputTransformer: {} }),
      'because of its Targets.0.InputTransformer',
    ],
    [
      'a queue as its target',
      target({ Arn: { 'Fn::GetAtt': ['Queue', 'Arn'] } }),
      'The stack has no function arn:aws:sqs:us-east-1:000000000000:fixture-Queue.fifo.',
    ],
  ])('is refused by name when it has %s, even while it is disabled', async (_what, properties, message) => {
    const resources = { Rule: rule({ State: 'DISABLED', ...properties }) };

    await expect(startLocalCloud(fixtureOptions({ resources }))).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringContaining(message),
    });
  });
});

describe('a schedule', () => {
  const settings = { periodMs: 1, payload: '{}', concurrencyMax: 1 };
  const done: InvocationResult = { ok: true, payload: 'null' };

  it('keeps time by this machine', async () => {
    let runs = 0;
    const invoke = async () => {
      runs += 1;
      return done;
    };
    const schedule = new Schedule(settings, { invoke, onProblem: () => undefined }, everyByTimer);

    await eventually('three runs', () => runs >= 3 || undefined);
    await schedule.stop(1_000);
  });

  it('waits for the run in progress when it stops, and for no other', async () => {
    const time = handOperated();
    let runs = 0;
    let finish: (result: InvocationResult) => void = () => undefined;
    const invoke = () => {
      runs += 1;
      return new Promise<InvocationResult>((resolve) => {
        finish = resolve;
      });
    };
    const schedule = new Schedule(settings, { invoke, onProblem: () => undefined }, time.every);
    time.pass();

    let isStopped = false;
    const stopping = schedule.stop(10_000).then(() => {
      isStopped = true;
    });
    time.pass();
    await Promise.resolve();
    expect(isStopped).toBe(false);
    finish(done);
    await stopping;

    expect(runs).toBe(1);
  });

  it('waits no longer than it is given', async () => {
    const time = handOperated();
    const invoke = () => new Promise<InvocationResult>(() => undefined);
    const schedule = new Schedule(settings, { invoke, onProblem: () => undefined }, time.every);
    time.pass();

    await schedule.stop(10);
  });
});
