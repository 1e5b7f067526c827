import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, buildSync, formatMessagesSync, type Metafile } from 'esbuild';
import type { FunctionName } from '../../functions/shared/environment.ts';

/** The name of the file with a function's code; Lambda's handler is `index.handler`. */
export const BUNDLE_FILE_NAME = 'index.mjs';

/** A function as it is deployed. */
export interface Bundle {
  readonly code: Uint8Array;
  /** What is loaded when the function starts: the code, and the modules that it imports without being asked for them. */
  readonly sizeBytes: number;
  /** Files that lie beside the code, by name: modules, and what a function reads when it is asked for it. */
  readonly companions: Companions;
  /** SHA-256 of code and companions: what names the asset, so that the same code is the same asset anywhere. */
  readonly hash: string;
  /** The files whose code is in the bundle, relative to the project. */
  readonly files: readonly string[];
}

type Companions = ReadonlyMap<string, Uint8Array>;

/**
 * What the SDK imports only when it needs it, which it never does here: credential providers, since Lambda always puts
 * credentials into the environment, and event streams, since no operation that is used has any.
 */
const NEVER_LOADED_IN_LAMBDA = [
  ...['ini', 'sso', 'process', 'login', 'web-identity', 'http'].map(
    (provider) => `@aws-sdk/credential-provider-${provider}`,
  ),
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
];

/** Some dependencies are CommonJS and call `require`, which a module does not have of itself. */
const DEFINE_REQUIRE =
  "import{createRequire as onefillRequire}from'node:module';const require=onefillRequire(import.meta.url);";

type InMemoryOptions = BuildOptions & { readonly write: false; readonly metafile: true };

const BUNDLE_OPTIONS = {
  // Fixes the paths that esbuild derives names from, wherever the command was started.
  absWorkingDir: fileURLToPath(new URL('../..', import.meta.url)),
  outdir: '.',
  entryNames: 'index',
  chunkNames: '[name]-[hash]',
  outExtension: { '.js': '.mjs' },
  // What is imported when it is needed is a module of its own, and costs nothing before.
  splitting: true,
  write: false as const,
  metafile: true as const,
  bundle: true,
  minify: true,
  legalComments: 'none' as const,
  platform: 'node' as const,
  target: 'node24',
  format: 'esm' as const,
  mainFields: ['module', 'main'],
  banner: { js: DEFINE_REQUIRE },
  external: NEVER_LOADED_IN_LAMBDA,
  // Endpoint discovery, which is off unless it is asked for, brings a cache that is never used.
  alias: { '@aws-sdk/endpoint-cache': fileURLToPath(new URL('no-endpoint-cache.ts', import.meta.url)) },
  logLevel: 'silent' as const,
} satisfies InMemoryOptions;

/** Where a function's sources are. */
export function sourceDirectory(name: FunctionName): string {
  return fileURLToPath(new URL(`../../functions/${name}`, import.meta.url));
}

/** Sources do not change while a process synthesizes; tests synthesize many stacks in one. */
const BUNDLES = new Map<FunctionName, Bundle>();

/** As {@link bundleFunction}, which is called once for each function. */
export function bundleOf(name: FunctionName): Bundle {
  const known = BUNDLES.get(name) ?? bundleFunction(name);
  BUNDLES.set(name, known);
  return known;
}

/**
 * Bundles one function, in memory and in this process: the result depends on the sources only. The JSON files of its
 * directory are its companions.
 *
 * @throws Error with esbuild's messages, warnings included: what esbuild doubts is not deployed
 */
export function bundleFunction(name: FunctionName): Bundle {
  const directory = sourceDirectory(name);
  const files = readdirSync(directory).filter((file) => file.endsWith('.json'));
  const companions = new Map(files.toSorted().map((file) => [file, readFileSync(join(directory, file))]));
  return bundle(name, join(directory, 'handler.ts'), companions);
}

/**
 * Bundles any module as a function is bundled.
 *
 * @param name what to call it in an error
 * @param entryPoint the module's file
 * @throws Error with esbuild's messages, warnings included
 */
export function bundle(name: string, entryPoint: string, companions: Companions = new Map()): Bundle {
  const { warnings, outputFiles, metafile } = build(name, { ...BUNDLE_OPTIONS, entryPoints: [entryPoint] });
  const modules = new Map(outputFiles.map((file) => [basename(file.path), file.contents]));
  const code = modules.get(BUNDLE_FILE_NAME);
  modules.delete(BUNDLE_FILE_NAME);
  if (warnings.length > 0 || code === undefined) {
    const messages = formatMessagesSync(warnings, { kind: 'warning' }).join('\n');
    throw new Error(`The bundle of ${name} has warnings:\n${messages}`);
  }
  const beside = new Map([...modules, ...companions]);
  return {
    code,
    sizeBytes: loadedAtStart(metafile).reduce(
      (sum, output) => sum + (metafile.outputs[output]?.bytes ?? 0),
      0,
    ),
    companions: beside,
    hash: hashOf(code, beside),
    files: Object.values(metafile.outputs).flatMap((output) => filesIn(output)),
  };
}

/** The files that are loaded with the function's code: those that it imports, and those that they do. */
function loadedAtStart({ outputs }: Metafile): readonly string[] {
  const loaded = new Set<string>([BUNDLE_FILE_NAME]);
  for (const output of loaded) {
    for (const { path, kind, external } of outputs[output]?.imports ?? []) {
      if (kind === 'import-statement' && external !== true) {
        loaded.add(path);
      }
    }
  }
  return [...loaded];
}

function hashOf(code: Uint8Array, companions: Companions): string {
  const hash = createHash('sha256').update(code);
  for (const [name, content] of companions) {
    hash.update(`\0${name}\0${content.byteLength}\0`).update(content);
  }
  return hash.digest('hex');
}

function build(name: string, options: InMemoryOptions): BuildResult<InMemoryOptions> {
  try {
    return buildSync(options);
  } catch (error) {
    throw new Error(`The bundle of ${name} failed: ${error instanceof Error ? error.message : error}`, {
      cause: error,
    });
  }
}

function filesIn(output: Metafile['outputs'][string]): readonly string[] {
  return Object.entries(output.inputs)
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .map(([file]) => file);
}
