import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, type BuildResult, buildSync, formatMessagesSync, type Metafile } from 'esbuild';
import type { FunctionName } from '../../functions/shared/environment.ts';

/** The name of the one file of a function's asset; Lambda's handler is `index.handler`. */
export const BUNDLE_FILE_NAME = 'index.mjs';

/** A function's code as it is deployed. */
export interface Bundle {
  readonly code: Uint8Array;
  readonly sizeBytes: number;
  /** SHA-256 of the code: what names the asset, so that the same code is the same asset anywhere. */
  readonly hash: string;
  /** The files whose code is in the bundle, relative to the project. */
  readonly files: readonly string[];
}

/**
 * What the SDK imports only when it is needed, and never is: credential providers, when there are no credentials in the
 * environment, where Lambda always puts them; and event streams, which no operation that Onefill calls answers with.
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
  outfile: BUNDLE_FILE_NAME,
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

/**
 * Bundles one function, in memory and in this process: the result depends on the sources only.
 *
 * @throws Error with esbuild's messages, warnings included: what esbuild doubts is not deployed
 */
export function bundleFunction(name: FunctionName): Bundle {
  return bundle(name, `${sourceDirectory(name)}/handler.ts`);
}

/**
 * Bundles any module as a function is bundled.
 *
 * @param name what to call it in an error
 * @param entryPoint the module's file
 * @throws Error with esbuild's messages, warnings included
 */
export function bundle(name: string, entryPoint: string): Bundle {
  const { warnings, outputFiles, metafile } = build(name, { ...BUNDLE_OPTIONS, entryPoints: [entryPoint] });
  const [file] = outputFiles;
  if (warnings.length > 0 || file === undefined) {
    const messages = formatMessagesSync(warnings, { kind: 'warning' }).join('\n');
    throw new Error(`The bundle of ${name} has warnings:\n${messages}`);
  }
  return {
    code: file.contents,
    sizeBytes: file.contents.byteLength,
    hash: createHash('sha256').update(file.contents).digest('hex'),
    files: Object.values(metafile.outputs).flatMap((output) => filesIn(output)),
  };
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
