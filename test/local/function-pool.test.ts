import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { FunctionDefinition } from '../../lib/local/function-definition.ts';
import { FunctionPool, type PoolLimits } from '../../lib/local/function-pool.ts';
import type { InvocationResult } from '../../lib/local/protocol.ts';
import { runtimeFile } from '../../lib/local/runtime-file.ts';
import { eventually, lives, temporaryDirectory } from './support.ts';

const FIXTURES = fileURLToPath(new URL('./fixtures', import.meta.url));

interface PoolOptions extends Partial<FunctionDefinition> {
  readonly limits?: Partial<PoolLimits>;
}

/** A pool of the fixture's `lab` function; `lines` are what it wrote. */
async function startPool({ limits, ...definition }: PoolOptions = {}) {
  const cacheDirectory = temporaryDirectory();
  mkdirSync(join(cacheDirectory, 'compiled'));
  const lines: string[] = [];
  const processes: string[] = [];
  const pool = new FunctionPool(
    {
      name: 'lab',
      functionName: 'fixture-lab',
      arn: 'arn:aws:lambda:us-east-1:000000000000:function:fixture-lab',
      logGroupName: '/aws/lambda/fixture-lab',
      codeDirectory: FIXTURES,
      modulePath: join(FIXTURES, 'lab.mjs'),
      handlerName: 'handler',
      timeoutMs: 5_000,
      memoryMb: 256,
      environmentsMax: undefined,
      variables: { GREETING: 'hello' },
      ...definition,
    },
    {
      runtimePath: await runtimeFile(cacheDirectory),
      compileCacheDirectory: join(cacheDirectory, 'compiled'),
      loadTimeoutMs: 10_000,
      onLine: (functionName, line) => lines.push(`${functionName}: ${line}`),
      onProcess: (_pid, event) => processes.push(event),
    },
    { environmentsMax: 4, idleMs: 60_000, ...limits },
  );
  onTestFinished(() => pool.stop());
  const invoke = (event: unknown) => pool.invoke(JSON.stringify(event));
  return { pool, invoke, lines, processes };
}

function resultOf(outcome: InvocationResult): Record<string, unknown> {
  if (!outcome.ok) {
    throw new Error(`The function failed: ${outcome.error.errorMessage}`);
  }
  return JSON.parse(outcome.payload);
}

describe('the environments of a function', () => {
  it('give the handler its event and a context', async () => {
    const { invoke } = await startPool();

    const result = resultOf(await invoke({ do: 'echo', a: [1, 'two', null] }));

    expect(result).toMatchObject({
      event: { do: 'echo', a: [1, 'two', null] },
      functionName: 'fixture-lab',
      requestId: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(result.remainingMs).toSatisfy((ms: number) => ms > 4_500 && ms <= 5_000);
  });

  it('see the variables of the function, and none of this process', async () => {
    process.env.AWS_SECRET_ACCESS_KEY = 'a developer’s own';
    onTestFinished(() => {
      delete process.env.AWS_SECRET_ACCESS_KEY;
    });
    const { invoke } = await startPool();

    const { environment, title } = resultOf(await invoke({ do: 'environment' }));

    // The channel is Node's own, and macOS adds one of its own.
    const own = Object.keys(environment ?? {}).filter((name) => !/^(NODE_CHANNEL|__CF)/.test(name));
    expect(own).toEqual(['GREETING']);
    expect(title).toBe('onefill-fn:lab');
  });

  it('work on one event at a time each', async () => {
    const { pool, invoke } = await startPool({ limits: { environmentsMax: 2 } });

    const results = await Promise.all(Array.from({ length: 8 }, () => invoke({ do: 'wait', ms: 60 })));

    expect(results.map((result) => resultOf(result).runningMax)).toEqual(Array(8).fill(1));
    expect(new Set(results.map((result) => resultOf(result).pid)).size).toBe(2);
    expect(pool.environments()).toHaveLength(2);
  });

  it('are few when events are short, and no more than the stack reserves', async () => {
    const { pool, invoke } = await startPool({ environmentsMax: 1 });

    await Promise.all(Array.from({ length: 5 }, () => invoke({ do: 'wait', ms: 30 })));

    expect(pool.environments()).toHaveLength(1);
    expect(pool.concurrencyMax).toBe(1);
  });

  it('end when they have had nothing to do, but for one', async () => {
    const { pool, invoke } = await startPool({ limits: { environmentsMax: 3, idleMs: 100 } });
    await Promise.all(Array.from({ length: 3 }, () => invoke({ do: 'wait', ms: 400 })));
    const pids = pool.environments().map(({ pid }) => pid);

    await eventually('one environment is left', () => pids.filter(lives).length === 1 || undefined);

    expect(resultOf(await invoke({ do: 'echo' }))).toBeDefined();
  });

  it('give back what the handler threw, and go on', async () => {
    const { pool, invoke, lines } = await startPool();
    await invoke({ do: 'echo' });
    const before = pool.environments();

    const outcome = await invoke({ do: 'throw' });

    expect(outcome).toMatchObject({
      ok: false,
      error: { errorType: 'TypeError', errorMessage: 'no such symbol' },
    });
    expect(pool.environments().map(({ pid }) => pid)).toEqual(before.map(({ pid }) => pid));
    await eventually('the error is logged', () => lines.find((line) => line.includes('no such symbol')));
  });

  it.each([
    ['hangs', { do: 'hang' }],
    ['never yields', { do: 'spin' }],
  ])('are killed at the timeout when the handler %s', async (_what, event) => {
    const { invoke, pool } = await startPool({ timeoutMs: 200 });
    await invoke({ do: 'echo' });
    const [first] = pool.environments();

    const startedAt = performance.now();
    const outcome = await invoke(event);

    expect(performance.now() - startedAt).toBeLessThan(1_000);
    expect(outcome).toMatchObject({
      ok: false,
      error: {
        errorType: 'Sandbox.Timedout',
        errorMessage: expect.stringContaining('Task timed out after 0.20 seconds'),
      },
    });
    expect(first && lives(first.pid)).toBe(false);
    expect(resultOf(await invoke({ do: 'echo' }))).toBeDefined();
  });

  it('are killed when they hold more memory than the function has, outside of V8’s heap as well', async () => {
    const { invoke, lines } = await startPool({ memoryMb: 160 });

    const outcome = await invoke({ do: 'leak' });

    expect(outcome).toMatchObject({ ok: false, error: { errorType: 'Runtime.OutOfMemory' } });
    expect(lines.find((line) => line.includes('held'))).toMatch(
      /lab: onefill: environment \d+ held \d+ MB of 160 MB/,
    );
    expect(resultOf(await invoke({ do: 'echo' }))).toBeDefined();
  });

  it.each([
    ['exits', { do: 'exit' }, 'Runtime.ExitError', 'exit status 3'],
    ['leaves a rejection unhandled', { do: 'reject' }, 'Error', 'nobody waits for this'],
  ])('fail the event at once when the handler %s, and are replaced', async (_what, event, type, message) => {
    const { invoke, pool } = await startPool();

    const outcome = await invoke(event);

    expect(outcome).toMatchObject({
      ok: false,
      error: { errorType: type, errorMessage: expect.stringContaining(message) },
    });
    await eventually('another environment is ready', () =>
      pool.environments().find(({ state, invocations }) => state === 'idle' && invocations === 0),
    );
    expect(resultOf(await invoke({ do: 'echo' }))).toBeDefined();
  });

  it('fail the event at once when they are killed, and the events behind it survive', async () => {
    const { invoke, pool } = await startPool({ limits: { environmentsMax: 1 } });
    const doomed = invoke({ do: 'hang' });
    const waiting = invoke({ do: 'echo' });
    const busy = await eventually('the environment is busy', () =>
      pool.environments().find(({ state }) => state === 'busy'),
    );

    process.kill(busy.pid, 'SIGKILL');

    expect(await doomed).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.ExitError', errorMessage: expect.stringContaining('signal: SIGKILL') },
    });
    expect(resultOf(await waiting)).toBeDefined();
  });

  it('are as many again when one of them was killed at work, whose event comes again', async () => {
    const { invoke, pool } = await startPool({ limits: { environmentsMax: 3 } });
    const [doomed, other] = [invoke({ do: 'hang' }), invoke({ do: 'wait', ms: 400 })];
    const [busy] = await eventually('two environments are busy', () => {
      const working = pool.environments().filter(({ state }) => state === 'busy');
      return working.length === 2 ? working.filter(({ event }) => event?.includes('hang')) : undefined;
    });

    process.kill(busy?.pid ?? 0, 'SIGKILL');
    await Promise.all([doomed, other]);

    await eventually('another environment is ready', () =>
      pool.environments().find(({ state, invocations }) => state === 'idle' && invocations === 0),
    );
    expect(pool.environments()).toHaveLength(2);
  });

  it('answer that the bundle cannot be loaded, each time anew', async () => {
    const { invoke, pool } = await startPool({ handlerName: 'absent' });

    const outcomes = [await invoke({}), await invoke({})];

    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({
        ok: false,
        error: { errorType: 'TypeError', errorMessage: expect.stringContaining('export a function absent') },
      });
    }
    await eventually('no environment is left', () => pool.environments().length === 0 || undefined);
  });

  it('hand on every line that the function writes', async () => {
    const { invoke, lines } = await startPool();

    await invoke({ do: 'log', line: '{"level":"INFO"}' });

    await eventually('both lines arrive', () => lines.length >= 3 || undefined);
    expect(lines.toSorted().slice(-3)).toEqual([
      expect.stringMatching(/^lab: lab \d+ loaded$/),
      'lab: {"level":"INFO"}',
      'lab: {"level":"INFO"} (error)',
    ]);
  });

  it('drop an event that waits when its caller has given up', async () => {
    const { pool, invoke } = await startPool({ limits: { environmentsMax: 1 } });
    const busy = invoke({ do: 'wait', ms: 300 });
    const abort = new AbortController();
    const dropped = pool.invoke(JSON.stringify({ do: 'echo' }), abort.signal);

    abort.abort();

    expect(await dropped).toMatchObject({ ok: false, error: { errorType: 'Runtime.Stopped' } });
    await busy;
    expect(pool.environments()).toMatchObject([{ invocations: 1 }]);
  });

  it('are all gone when the pool has stopped, and what they worked on has failed', async () => {
    const { pool, invoke, processes } = await startPool();
    const doomed = invoke({ do: 'hang' });
    await eventually('it is busy', () => pool.environments().find(({ state }) => state === 'busy'));
    const pids = pool.environments().map(({ pid }) => pid);

    await pool.stop();

    expect(pids.filter(lives)).toEqual([]);
    expect(await doomed).toMatchObject({ ok: false });
    expect(await invoke({ do: 'echo' })).toMatchObject({
      ok: false,
      error: { errorType: 'Runtime.Stopped' },
    });
    expect(processes).toEqual(['started', 'ended']);
  });
});
