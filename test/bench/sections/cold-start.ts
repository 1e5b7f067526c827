import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { ENVIRONMENT_CONTRACT, type FunctionName } from '../../../functions/shared/environment.ts';
import { bundle, bundleFunction } from '../../../lib/constructs/bundle.ts';
import { median } from '../model/median.ts';
import { atMost, type Row, rowsBy } from '../rows.ts';

const ROUNDS = 50;
const BYTES_PER_KB = 1_024;
const SIZE_MAX_KB = 450;
const RATIO_MAX = 1.15;
const PROBE_TIMEOUT_MS = 20_000;

/** Handlers with nothing but clients of the SDK. */
const SDK_ONLY = {
  'sdk-table': new URL('../cold-start/sdk-table.ts', import.meta.url),
  'sdk-table-and-queue': new URL('../cold-start/sdk-table-and-queue.ts', import.meta.url),
  'sdk-table-and-topic': new URL('../cold-start/sdk-table-and-topic.ts', import.meta.url),
  'sdk-all': new URL('../cold-start/sdk-all.ts', import.meta.url),
} as const;

/** Which of them has the clients that a function makes when it starts. */
const SDK_ONLY_OF = {
  ingest: 'sdk-table-and-queue',
  strategy: 'sdk-table-and-queue',
  reconcile: 'sdk-table-and-queue',
  admin: 'sdk-all',
  authorizer: 'sdk-table',
  activity: 'sdk-table',
  alerts: 'sdk-table-and-topic',
  canary: 'sdk-table',
} as const satisfies Record<FunctionName, keyof typeof SDK_ONLY>;

const NAMES = Object.keys(SDK_ONLY_OF) as FunctionName[];
/** The name of a handler without what our bundles leave out of the SDK. */
const trimmed = (name: keyof typeof SDK_ONLY): string => `${name}-trimmed`;
const EMPTY = 'empty';

/** JavaScript, so that a process has no types to strip before it measures, and no memory of having done so. */
const INIT_PROBE = `
const startedAtMs = performance.now();
await import(process.argv[1]);
const durationMs = performance.now() - startedAtMs;
process.stdout.write(JSON.stringify({ durationMs, residentBytes: process.memoryUsage.rss() }));
`;

/** Counts until nothing is under way any more: an init may open connections that it does not wait for. */
const CONNECTION_PROBE = `
import { subscribe } from 'node:diagnostics_channel';
let connections = 0;
subscribe('net.client.socket', () => { connections += 1; });
process.once('beforeExit', () => process.stdout.write(String(connections)));
await import(process.argv[1]);
`;

/** What one process measured. */
interface Init {
  readonly durationMs: number;
  readonly residentBytes: number;
}

/** The size of each function's bundle, the same on every machine. */
export async function bundleRows(): Promise<Row[]> {
  return NAMES.map((name) => ({
    id: `bundle-${name}`,
    what: `bundle of ${name}`,
    source: 'counted',
    figure: bundleFunction(name).sizeBytes / BYTES_PER_KB,
    unit: 'KB',
    target: atMost(SIZE_MAX_KB),
  }));
}

/**
 * How long a function's module takes to load in a fresh process, beside an SDK-only handler with the same clients, as
 * anybody would bundle it and as our bundles are made, and beside an empty one. Processes take turns, so that whatever else the machine does falls on all of them; the figures
 * are medians, and milliseconds are those of this machine.
 */
export async function coldStartRows(): Promise<Row[]> {
  const directory = mkdtempSync(join(tmpdir(), 'onefill-cold-start-'));
  try {
    const files = writeModules(directory);
    return rowsOf(measure(files), new Map(NAMES.map((name) => [name, connectionsOf(files.get(name) ?? '')])));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes every module that is measured. @returns its file, by name */
function writeModules(directory: string): ReadonlyMap<string, string> {
  const modules: readonly (readonly [string, Uint8Array | string])[] = [
    [EMPTY, 'export const handler = async () => undefined;'],
    ...Object.entries(SDK_ONLY).flatMap(([name, url]) => [
      [name, bundledAsUsual(fileURLToPath(url))] as const,
      [trimmed(name as keyof typeof SDK_ONLY), bundle(name, fileURLToPath(url)).code] as const,
    ]),
    ...NAMES.map((name) => [name, bundleFunction(name).code] as const),
  ];
  return new Map(
    modules.map(([name, code]) => {
      const file = join(directory, `${name}.mjs`);
      writeFileSync(file, code);
      return [name, file];
    }),
  );
}

/** As the project's `reference/toolchain.md` says, and as the CDK's `NodejsFunction` does with the same options. */
function bundledAsUsual(entryPoint: string): Uint8Array {
  const { outputFiles } = buildSync({
    entryPoints: [entryPoint],
    write: false,
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: { js: "import{createRequire}from'node:module';const require=createRequire(import.meta.url);" },
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  if (!file) {
    throw new Error(`esbuild made nothing of ${entryPoint}.`);
  }
  return file.contents;
}

function measure(files: ReadonlyMap<string, string>): ReadonlyMap<string, readonly Init[]> {
  const measured = new Map([...files.keys()].map((name) => [name, [] as Init[]]));
  // The first round reads the files into the machine's cache.
  for (let round = -1; round < ROUNDS; round += 1) {
    for (const [name, file] of files) {
      const init = JSON.parse(probe(INIT_PROBE, file)) as Init;
      if (round >= 0) {
        measured.get(name)?.push(init);
      }
    }
  }
  return measured;
}

function connectionsOf(file: string): number {
  return Number(probe(CONNECTION_PROBE, file));
}

function probe(code: string, file: string): string {
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code, file], {
    encoding: 'utf8',
    env: PROBE_ENVIRONMENT,
    timeout: PROBE_TIMEOUT_MS,
  });
}

function rowsOf(
  measured: ReadonlyMap<string, readonly Init[]>,
  connections: ReadonlyMap<string, number>,
): Row[] {
  const initMs = (name: string) => median((measured.get(name) ?? []).map(({ durationMs }) => durationMs));
  const residentMb = (name: string) =>
    median((measured.get(name) ?? []).map(({ residentBytes }) => residentBytes)) / BYTES_PER_KB ** 2;
  const row = rowsBy('measured');
  return [
    ...NAMES.map(
      (name): Row => ({
        id: `init-ratio-${name}`,
        what: `module init of ${name} ÷ SDK-only handler`,
        source: 'measured',
        figure: initMs(name) / initMs(SDK_ONLY_OF[name]),
        target: atMost(RATIO_MAX),
      }),
    ),
    ...NAMES.map((name) =>
      row(
        `init-ratio-trimmed-${name}`,
        `the same ÷ SDK-only handler, bundled as ours: ${name}`,
        initMs(name) / initMs(trimmed(SDK_ONLY_OF[name])),
      ),
    ),
    ...[...measured.keys()].flatMap((name) => [
      row(`init-${name}`, `module init of ${name}, median of ${ROUNDS}`, initMs(name), { unit: 'ms' }),
      row(`memory-${name}`, `memory of an environment with ${name}, after init`, residentMb(name), {
        unit: 'MB',
      }),
    ]),
    ...[...connections].map(
      ([name, count]): Row => ({
        id: `connections-${name}`,
        what: `connections opened during init of ${name}`,
        source: 'counted',
        figure: count,
      }),
    ),
  ];
}

/** As in Lambda, as far as modules look at it while they load; an endpoint at which nobody can be reached. */
const PROBE_ENVIRONMENT: Readonly<Record<string, string>> = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'none',
  AWS_SECRET_ACCESS_KEY: 'none',
  AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  POWERTOOLS_SERVICE_NAME: 'bench',
  ...Object.fromEntries(
    Object.values(ENVIRONMENT_CONTRACT)
      .flat()
      .map((variable) => [variable, 'https://sqs.us-east-1.amazonaws.com/000000000000/bench']),
  ),
};
