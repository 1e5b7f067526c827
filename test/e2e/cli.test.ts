import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod/mini';
import { until } from '../support/until.ts';

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
  it('trades the printed curl, survives kill -9, finds its data again, and Ctrl-C ends it all', async () => {
    const first = await start();
    const { url, headers, body } = printedRequest(first.output());
    for (const replayed of [null, 'true']) {
      const answer = await fetch(url, { method: 'POST', headers, body });
      expect(answer.status).toBe(202);
      expect(answer.headers.get('idempotent-replayed')).toBe(replayed);
    }
    await filledOrders(first.url, 2);
    first.child.kill('SIGKILL');
    await first.exitCode;

    const second = await start();
    expect(await filledOrders(second.url, 2)).toHaveLength(2);
    second.child.kill('SIGINT');
    expect(await second.exitCode).toBe(0);
    await expect(fetch(second.url)).rejects.toThrow();
  }, 120_000);

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
    [['strat'], {}, 'There is no command "strat"'],
    [['start', '--fast'], {}, "Unknown option '--fast'"],
    [['token', 'create', '--role', 'king'], {}, '--role must be one of viewer, operator'],
  ])('refuses %j', async (argv, environment, message) => {
    const { exitCode, output } = onefill(argv, environment as Record<string, string>);
    expect(await exitCode).toBe(2);
    expect(output()).toContain(message);
    expect(output()).not.toContain('    at ');
  });
});

describe('onefill demo', () => {
  it('tells the incident against a running local cloud and finds no wrong order (F4)', async () => {
    const cloud = await start();
    const { exitCode, output } = onefill(['demo'], { ONEFILL_URL: cloud.url });
    expect(await exitCode, output()).toBe(0);
    expect(output()).toContain('✓ the venue holds the two legitimate orders and no other');
    expect(output()).not.toContain('✗');
    cloud.child.kill('SIGINT');
    expect(await cloud.exitCode).toBe(0);
  }, 120_000);

  it('says how to start the local cloud when nothing answers', async () => {
    const { exitCode, output } = onefill(['demo'], { ONEFILL_URL: 'http://127.0.0.1:9' });
    expect(await exitCode).toBe(1);
    expect(output()).toContain('npm start');
  });
});
