import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { createRequire } from 'node:module';
import { delimiter, dirname, join } from 'node:path';
import { LocalCloudError } from './errors.ts';
import { freePort, waitForPort } from './ports.ts';

/** An engine that runs. */
export interface Engine {
  /** Without a slash at the end. */
  readonly endpoint: string;
  /** Becomes what the engine said last when it ends by itself; else never settles. */
  readonly failed: Promise<string>;
  /** Ends it, unless it is someone else's. */
  stop(): Promise<void>;
}

/** A dynoxide that runs. */
export interface DynamoDbEngine extends Engine {
  readonly pid: number;
}

/** Where to find a dynoxide. */
export interface BinarySearch {
  readonly platform: string;
  readonly architecture: string;
  /** The folders of the PATH variable. */
  readonly path: string;
}

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 3_000;
const ATTEMPTS_MAX = 5;
const EXTERNAL_TIMEOUT_MS = 1_000;

/**
 * Runs its arguments as this very process, beside a helper that reads from this process's standard input. That ends
 * when Onefill's process does, even by `kill -9`, and then the helper ends the engine: none is ever left over. Nor is
 * the directory that the first argument names, if it names one.
 */
const DIE_WITH_PARENT =
  'scratch=$1; shift; exec 3<&0; ' +
  '{ read -r _ <&3; kill -9 $$; [ -z "$scratch" ] || rm -rf "$scratch"; } >/dev/null 2>&1 & ' +
  'exec 3<&-; exec "$@" </dev/null';

/**
 * Finds the dynoxide binary: of the installed package, else on the PATH.
 *
 * @throws LocalCloudError saying how to get one
 */
export function findDynoxide(search: BinarySearch): string {
  const packageName = `@dynoxide/${search.platform}-${search.architecture}`;
  const candidates = search.path.split(delimiter).map((folder) => join(folder, 'dynoxide'));
  try {
    const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
    candidates.unshift(join(dirname(manifest), 'dynoxide'));
  } catch {
    // Not installed: the package exists for few platforms.
  }
  const found = candidates.find(isExecutable);
  if (found === undefined) {
    throw new LocalCloudError(
      'engine-missing',
      `There is no DynamoDB engine: ${packageName} is not installed and no dynoxide is on PATH. ` +
        'Run "npm ci" on Linux x64, install dynoxide, or set DYNAMODB_ENDPOINT to a DynamoDB-compatible engine.',
    );
  }
  return found;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts dynoxide on a free port of the loopback interface.
 *
 * @param binary the program
 * @param databaseFile where it keeps its data; none keeps it in memory
 * @param scratchDirectory what is removed when this process ends, however it ends
 * @throws LocalCloudError with what the engine says when it does not start
 */
export async function startDynoxide(
  binary: string,
  databaseFile: string | undefined,
  scratchDirectory = '',
): Promise<DynamoDbEngine> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    const engine = launch(binary, port, databaseFile, scratchDirectory);
    const problem = await Promise.race([
      engine.failed,
      waitForPort(port, START_TIMEOUT_MS).then((isUp) => (isUp ? undefined : 'it does not answer')),
    ]);
    if (problem === undefined) {
      return engine;
    }
    await engine.stop();
    // Another program may have taken the port between our asking for a free one and the engine's opening it.
    if (!problem.includes('in use') || attempt === ATTEMPTS_MAX) {
      throw new LocalCloudError('engine-failed', `The DynamoDB engine did not start: ${problem}.`);
    }
  }
}

function launch(
  binary: string,
  port: number,
  databaseFile: string | undefined,
  scratchDirectory: string,
): DynamoDbEngine {
  const databaseOptions = databaseFile === undefined ? [] : ['--db-path', databaseFile];
  const command = [binary, '--host', '127.0.0.1', '--port', String(port), ...databaseOptions];
  const child = spawn('/bin/sh', ['-c', DIE_WITH_PARENT, 'dynoxide', scratchDirectory, ...command], {
    stdio: ['pipe', 'ignore', 'pipe'],
    // A session of its own: Ctrl-C is Onefill's to handle, in order.
    detached: true,
  });
  if (child.pid === undefined) {
    throw new LocalCloudError('engine-failed', 'The DynamoDB engine cannot be started: there is no /bin/sh.');
  }
  let lastWords = '';
  let isStopping = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastWords = `${lastWords}${text}`.slice(-1_000);
  });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<string>((resolve) => {
    child.once('close', (code, signal) => {
      if (!isStopping) {
        resolve(sentenceOf(lastWords) || `it ended with ${signal ?? code}`);
      }
    });
  });
  return {
    endpoint: `http://127.0.0.1:${port}`,
    pid: child.pid,
    failed,
    stop: async () => {
      isStopping = true;
      await end(child, ended);
    },
  };
}

/** The engine's last error, as a part of a sentence. */
function sentenceOf(lastWords: string): string {
  const error = lastWords.split('\n').findLast((line) => line.startsWith('error:')) ?? '';
  return error.replace('error:', '').trim().replace(/\.$/, '');
}

async function end(child: ChildProcess, ended: Promise<void>): Promise<void> {
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
  child.stdin?.destroy();
}

/**
 * Uses an engine that runs already.
 *
 * @param variable where the endpoint was given, for an error
 * @throws LocalCloudError when nothing answers there
 */
export async function useEngine(variable: string, endpoint: string): Promise<Engine> {
  const url = URL.parse(endpoint);
  if (url === null) {
    throw new LocalCloudError('engine-missing', `${variable} is not a URL: ${endpoint}.`);
  }
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  if (!(await waitForPort(port, EXTERNAL_TIMEOUT_MS, url.hostname))) {
    throw new LocalCloudError('engine-missing', `Nothing answers at ${endpoint}, the ${variable}.`);
  }
  return { endpoint: url.origin, failed: new Promise(() => undefined), stop: () => Promise.resolve() };
}
