import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { readDocument } from '../docs/documents.ts';
import { type CliOptions, onefillHere } from '../support/cli-session.ts';
import { readCurl, shellCommands, shellWords } from '../support/curl.ts';
import { parsed } from '../support/local-cloud.ts';
import { until } from '../support/until.ts';

type Item = Readonly<Record<string, unknown>>;

const PROJECT_DIRECTORY = resolve(import.meta.dirname, '../..');
const PATIENCE_MS = 60_000;

let dataDirectory: string;
const running = new Set<ChildProcess>();

beforeAll(() => {
  dataDirectory = mkdtempSync(join(tmpdir(), 'onefill-cli-'));
});
afterEach(() => {
  for (const child of running) {
    child.kill('SIGKILL');
  }
});
afterAll(() => rmSync(dataDirectory, { recursive: true, force: true }));

/** Runs the CLI as a person would, and collects what it prints. */
function onefill(argv: readonly string[], environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, ['bin/onefill.ts', ...argv], {
    cwd: PROJECT_DIRECTORY,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ONEFILL_DATA_DIR: dataDirectory, ...environment },
  });
  running.add(child);
  let output = '';
  const collect = (chunk: Buffer) => {
    output += chunk.toString();
  };
  child.stdout.on('data', collect);
  child.stderr.on('data', collect);
  const exitCode = new Promise<number | null>((ended) => {
    child.once('close', (code) => {
      running.delete(child);
      ended(code);
    });
  });
  return { child, exitCode, output: () => output };
}

/** Starts the local cloud and waits until it says that it is ready. */
async function start() {
  const started = onefill(['start'], { PORT: '0' });
  const url = await until(
    async () => /Onefill is ready at (http:\/\/127\.0\.0\.1:\d+)/.exec(started.output())?.[1],
    `the ready line in: ${started.output()}`,
    PATIENCE_MS,
  );
  return { ...started, url };
}

const itemsShape = z.object({ items: z.array(z.object({ accountId: z.string(), status: z.string() })) });

async function filledOrders(url: string, count: number) {
  return until(async () => {
    const response = await fetch(`${url}/api/v1/orders`, {
      headers: { authorization: 'Bearer local-operator' },
    });
    const { items } = z.parse(itemsShape, await response.json());
    return items.filter(({ status }) => status === 'FILLED').length === count ? items : undefined;
  }, `${count} filled orders`);
}

/** The curl command that was printed, as the request it makes. */
function printedRequest(output: string): { url: string; headers: Record<string, string>; body: string } {
  const [, url = '', rest = ''] = /curl -sS (\S+\/webhooks\/demo) ([\s\S]*?\})'/.exec(output) ?? [];
  const headers = Object.fromEntries(
    [...rest.matchAll(/-H '([^:]+): ([^']+)'/g)].map(([, name = '', value = '']) => [name, value]),
  );
  return { url, headers, body: /-d '(.*)$/.exec(rest)?.[1] ?? '' };
}

describe('onefill start', () => {
  it('says in one sentence that the port is busy, and fails', async () => {
    const server = await new Promise<Server>((listening) => {
      const created = createServer().listen(0, '127.0.0.1', () => listening(created));
    });
    const address = server.address();
    const port = typeof address === 'object' && address ? String(address.port) : '';
    const { exitCode, output } = onefill(['start'], { PORT: port });
    expect(await exitCode).toBe(1);
    expect(output().trim().split('\n')).toHaveLength(1);
    expect(output()).toContain(`Port ${port} is in use`);
    server.close();
  });

  it.each([
    [['start'], { PORT: 'eighty' }, 'PORT must be a number'],
    [['start', '--fast'], {}, "Unknown option '--fast'"],
  ])('refuses %j', async (argv, environment, message) => {
    const { exitCode, output } = onefill(argv, environment as Record<string, string>);
    expect(await exitCode).toBe(2);
    expect(output()).toContain(message);
    expect(output()).not.toContain('    at ');
  });
});

describe('the command line against a running local cloud', () => {
  let cloud: Awaited<ReturnType<typeof start>>;
  let environment: { ONEFILL_URL: string };

  beforeAll(startForAll, 120_000);
  afterAll(async () => {
    cloud.child.kill('SIGINT');
    await cloud.exitCode;
  });

  /** Starts a cloud that outlives the test that it is started in. */
  async function startForAll(): Promise<void> {
    cloud = await start();
    running.delete(cloud.child);
    environment = { ONEFILL_URL: cloud.url };
  }

  /** Runs a command in this process; it must end with this exit code. @returns its lines, parsed if they are JSON */
  async function does(argv: readonly string[], exitCode = 0, options: CliOptions = {}) {
    const result = await onefillHere(argv, { environment, ...options });
    expect(result, result.err.join('\n')).toMatchObject({ exitCode });
    return { ...result, items: result.out.map(parsed) as Item[] };
  }

  it('trades the printed curl, survives kill -9 and finds its data again', async () => {
    const { url, headers, body } = printedRequest(cloud.output());
    for (const replayed of [null, 'true']) {
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
      expect(answer.headers.get('idempotent-replayed')).toBe(replayed);
    }
    await filledOrders(cloud.url, 2);
    cloud.child.kill('SIGKILL');
    await cloud.exitCode;

    await startForAll();
    expect(await filledOrders(cloud.url, 2)).toHaveLength(2);
    await does(['flatten', '--everything', '--yes']);
  }, 120_000);

  it('tells the incident and finds no wrong order (F4)', async () => {
    const { exitCode, output } = onefill(['demo'], environment);
    expect(await exitCode, output()).toBe(0);
    expect(output()).toContain('✓ the venue holds the two legitimate orders and no other');
    expect(output()).not.toContain('✗');
  }, 120_000);

  const BUY = ['send', '--symbol', 'AAPL', '--action', 'buy', '--quantity', '2', '--price', '100.25'];

  it('sends a signal, waits for what becomes of it, knows duplicates, and closes what it opened', async () => {
    const sent = await does([...BUY, '--stop-loss', 'percent=2', '--wait', '--json']);
    expect(sent.items).toMatchObject([
      { duplicate: false, executions: [{ status: 'COMPLETED' }, { status: 'COMPLETED' }] },
    ]);
    const { signalId } = sent.items[0] ?? {};
    const again = await does([...BUY, '--stop-loss', 'percent=2', '--json']);
    expect(again.items).toMatchObject([{ signalId, duplicate: true }]);
    expect(again.err).toEqual(['A duplicate: the signal came before, and this is the first answer again.']);

    const executionId = `${signalId}~demo~paper-1`;
    expect((await does(['signals', String(signalId)])).out.join('\n')).toContain(
      `COMPLETED  -       ${executionId}`,
    );
    expect((await does(['executions', executionId])).out.join('\n')).toMatch(/STEP[\s\S]*protect +COMPLETED/);
    const orders = ['orders', '--account', 'paper-1', '--symbol', 'AAPL', '--status', 'FILLED', '--json'];
    expect((await does(orders)).items).toMatchObject([
      { executionId, quantity: '2', averageFillPrice: '100.25' },
    ]);
    expect((await does(['positions', '--account', 'paper-2', '--json'])).items).toMatchObject([
      { accountId: 'paper-2', symbol: 'AAPL', quantity: '2' },
    ]);
    expect((await does(['trades', '--state', 'OPENED'])).out).toHaveLength(3);
    expect((await does(['orders', '--limit', '3', '--json'])).items).toHaveLength(3);

    const closed = await does(['flatten', '--strategy', 'demo', '--yes', '--json']);
    expect(closed.items.map(({ status }) => status)).toEqual(['CLOSED', 'CLOSED']);
    expect((await does(['positions', '--account', 'paper-1', '--json'])).items).toEqual([]);
    await does(['flatten', '--everything', '--yes']);
  });

  it('halts and resumes, controls circuits, unlocks and recovers', async () => {
    await does(['halt', '--account', 'paper-1', '--reason', 'try']);
    expect((await does([...BUY, '--id', 'halted', '--wait'], 1)).out.join('\n')).toContain('ACCOUNT_HALTED');
    expect((await does(['halt', '--account', 'paper-1', '--scope', 'entries'], 3)).err[0]).toContain(
      '409 CONFLICT',
    );
    const screen = (await does(['status'])).out.join('\n');
    expect(screen).toMatch(/HALTED[\s\S]*account paper-1 +all .* try/);
    await does(['resume', '--account', 'paper-1'], 0, { answer: 'yes' });
    await does(['circuit', 'isolate', 'demo', '--yes', '--reason', 'venue']);
    expect((await does(['circuits'])).out.join('\n')).toMatch(/demo +isolated .* venue/);
    expect((await does(['status', '--json'])).items).toMatchObject([
      { halts: [], circuitsNotClosed: [{ strategyId: 'demo' }], recentOrders: expect.any(Array) },
    ]);
    await does(['circuit', 'reset', 'demo', '--yes']);
    expect((await does(['unlock', 'paper-1', '--yes', '--reason', 'r', '--json'])).items).toMatchObject([
      { accountId: 'paper-1', unlocked: false },
    ]);
    expect((await does(['reconcile', '--account', 'paper-1', '--json'])).items).toMatchObject([
      { drift: [] },
    ]);
    expect((await does(['dead-letters'])).err).toEqual(['There is none.']);
    await does(['redrive', '--yes']);
    expect((await does(['flatten', '--account', 'nobody', '--yes', '--json'], 1)).items).toMatchObject([
      { status: 'failed', message: expect.stringContaining('404 NOT_FOUND: There is no account nobody.') },
    ]);
    expect((await does(['halt', '--account', 'nobody'], 3)).err).toHaveLength(1);
    expect((await does(['send', '--symbol', 'AAPL', '--action', 'by'], 3)).err[0]).toContain(
      'action must be one of',
    );
  });

  it('follows what happens while it looks, coloured for a person, until Ctrl-C', async () => {
    const { child, exitCode, output } = onefill(
      ['tail', '--account', 'paper-1', '--lines', '1', '--every', '0.2'],
      { ...environment, FORCE_COLOR: '1' },
    );
    const hasTold = (words: RegExp) =>
      until(async () => (words.test(output()) ? true : undefined), `${words} in ${output()}`);
    await hasTold(/\n/);
    const sent = await does([...BUY, '--id', 'followed', '--wait', '--json']);
    const executionId = `${sent.items[0]?.signalId}~demo~paper-1`;
    await hasTold(new RegExp(`EXECUTION_RECORDED.*${executionId}`));
    await does(['halt', '--account', 'paper-1', '--reason', 'followed']);
    await hasTold(/HALTED.*followed/);
    await does(['resume', '--account', 'paper-1', '--yes', '--reason', 'followed']);
    await hasTold(/RESUMED/);
    child.kill('SIGINT');
    expect(await exitCode).toBe(0);

    const about = (line: string) => line.includes(executionId);
    const told = stripVTControlCharacters(output()).split('\n').filter(about);
    const log = await does(['tail', '--account', 'paper-1', '--lines', '1000', '--no-follow']);
    // Each once. A look may come while a later entry is written and an earlier one is not yet.
    expect(told.toSorted()).toEqual(log.out.filter(about).toSorted());
    expect(output().length).toBeGreaterThan(stripVTControlCharacters(output()).length);
    await does(['flatten', '--everything', '--yes']);
  });

  it('replays a recording, counts what became of it, and goes on where it failed', async () => {
    const payload = (quantity: number) => ({ symbol: 'MSFT', action: 'buy', quantity, price: 300 });
    const signed = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
    await does(['config', 'import', '-', '--yes'], 0, {
      input: JSON.stringify({
        webhooks: [
          { webhookId: 'signed', hmacSecrets: [signed], rateLimit: { limit: 1_000, windowSeconds: 1 } },
        ],
      }),
    });
    const input = [
      { payload: payload(1), offsetMs: 0 },
      { payload: payload(1), offsetMs: 40, id: 'one' },
      { payload: payload(1), offsetMs: 60, id: 'one' },
      { payload: payload(-1), offsetMs: 80 },
      { payload: payload(2), offsetMs: 100 },
    ]
      .map((line) => JSON.stringify(line))
      .join('\n');
    const replay = ['replay', '-', '--webhook', 'signed', '--hmac-secret', signed, '--json'];
    const first = await does(replay, 1, { input });
    expect(first.items).toMatchObject([
      {
        sent: 5,
        failed: 1,
        outcomes: { '202 accepted': 3, '202 duplicate': 1, '422 SIGNAL_INVALID': 1 },
        firstFailure: { number: 4 },
        nextNumber: 4,
      },
    ]);
    expect(first.items[0]?.seconds).toBeGreaterThanOrEqual(0.1);
    expect(first.err).toEqual(['Go on with: --from 4']);
    const again = await does([...replay, '--from', '5', '--speed', '1000'], 0, { input });
    expect(again.items).toMatchObject([{ sent: 1, outcomes: { '202 duplicate': 1 } }]);
    const anew = await does([...replay, '--new-ids', '--rate', '200', '-c', '4'], 1, { input });
    expect(anew.items).toMatchObject([{ outcomes: { '202 accepted': 4 } }]);
  });

  it('issues, lists and revokes tokens', async () => {
    const created = await does([
      'token',
      'create',
      '--role',
      'viewer',
      '--name',
      'screen',
      '--expires-in-days',
      '1',
    ]);
    const token = created.out[0] ?? '';
    const tokenId = /token (\w+),/.exec(created.err[0] ?? '')?.[1] ?? '';
    expect((await does(['orders', '--token', token, '--limit', '1', '--json'])).items).toHaveLength(1);
    expect((await does(['halt', '--account', 'paper-1', '--token', token], 3)).err[0]).toContain(
      '403 FORBIDDEN',
    );
    expect((await does(['token', 'list'])).out.join('\n')).toMatch(
      new RegExp(`${tokenId} +viewer .* screen +valid`),
    );
    await does(['token', 'revoke', tokenId, '--yes']);
    expect((await does(['token', 'list'])).out.join('\n')).toMatch(
      new RegExp(`${tokenId} +viewer .* revoked`),
    );
  });

  it('exports the configuration, and imports it with the secrets kept', async () => {
    const exported = (await does(['config', 'export'])).out.join('\n');
    expect(JSON.parse(exported)).toMatchObject({
      webhooks: expect.arrayContaining([expect.objectContaining({ webhookId: 'demo', secret: '***' })]),
    });
    expect(exported).not.toContain('demo-secret');
    const same = await does(['config', 'import', '-', '--yes', '--json'], 0, { input: exported });
    expect(new Set(same.items.map(({ result }) => result))).toEqual(new Set(['unchanged']));
    const input = exported
      .replace('"Paper account 1"', '"Renamed"')
      .replace('"strategies": [', '"strategies": [{"strategyId":"bad"},');
    const plan = await does(['config', 'import', '-', '--dry-run'], 1, { input });
    expect(plan.out.join('\n')).toMatch(/accounts +paper-1 +replaced/);
    expect(plan.out.join('\n')).toMatch(/strategies +bad +failed +webhookId/);
    expect((await does(['config', 'export'])).out.join('\n')).toBe(exported);
    await does(['config', 'import', '-'], 1, { input, answer: 'yes' });
    expect((await does(['config', 'export'])).out.join('\n')).toContain('"Renamed"');
    await does(['send', '--symbol', 'AAPL', '--action', 'exit', '--id', 'after-import']);
  });

  it('does what docs/api.md says', async () => {
    const variables = { ONEFILL_URL: cloud.url, ONEFILL_ADMIN_TOKEN: 'local-operator' };
    const statuses: number[] = [];
    for (const command of shellCommands(readDocument('docs/api.md').text)) {
      if (command.startsWith('npx onefill ')) {
        await does(shellWords(command).slice(2));
      } else if (!command.startsWith('export ')) {
        const { url, ...request } = readCurl(command, variables);
        const { status, headers } = await fetch(url, request);
        statuses.push(status);
        expect(headers.get('x-correlation-id')).toMatch(request.headers['x-correlation-id'] ?? /./);
      }
    }
    expect(statuses).toEqual([200, 200, 202, 201, 422, 202, 200, 200, 200, 200]);
  });

  it('is a process that scripts can use: output apart from remarks, exit codes, a reader that leaves', async () => {
    const piped = spawn(
      '/bin/sh',
      ['-c', `"${process.execPath}" bin/onefill.ts orders --json --limit 5 | head -n 1`],
      {
        cwd: PROJECT_DIRECTORY,
        env: { PATH: process.env.PATH, ...environment },
      },
    );
    const lines = await text(piped.stdout);
    expect(parsed(lines.trim())).toMatchObject({ orderId: expect.any(String) });
    expect(await text(piped.stderr)).toBe('');
    const { exitCode, output } = onefill(['orders', '--token', 'wrong'], environment);
    expect(await exitCode).toBe(3);
    expect(output()).toMatch(/^GET \/orders: 401 UNAUTHENTICATED: [^\n]+\n$/);
  });

  it('ends with Ctrl-C, all of it', async () => {
    cloud.child.kill('SIGINT');
    expect(await cloud.exitCode).toBe(0);
    await expect(fetch(cloud.url)).rejects.toThrow();
  });
});

it('says how to start the local cloud when nothing answers', async () => {
  const { exitCode, output } = onefill(['demo'], { ONEFILL_URL: 'http://127.0.0.1:9' });
  expect(await exitCode).toBe(4);
  expect(output()).toContain('npm start');
});
