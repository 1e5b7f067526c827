import { type ChildProcess, spawn } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { delimiter, dirname, join, relative } from 'node:path';
import * as z from 'zod/mini';
import { LocalCloudError, messageOf } from './errors.ts';

/** What to synthesize. */
export interface SynthesisOptions {
  /** The folder of cdk.json. */
  readonly projectDirectory: string;
  /** Where assemblies are kept, by a hash of what they were made of. */
  readonly cacheDirectory: string;
  /** CDK context beside that of cdk.json. */
  readonly context: Readonly<Record<string, string>>;
  /** The developer's variables; the CDK app gets few of them. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal | undefined;
}

/** A synthesized assembly. */
export interface Synthesis {
  readonly directory: string;
  /** Whether nothing had changed since it was made. */
  readonly isCached: boolean;
}

/** What the assembly is made of: the sources of the stack and of the functions, and their dependencies. */
const INPUTS = ['bin', 'lib', 'functions', 'package-lock.json', 'cdk.json'];

/** The local cloud runs the assembly; nothing of it is in the assembly. */
const NO_INPUT = join('lib', 'local');

/** What the app gets of the developer's variables: nothing that could change what it makes. */
const APP_VARIABLES = ['HOME', 'LANG', 'TMPDIR'];

const ASSEMBLIES_KEPT_MAX = 5;
const OUTPUT_KEPT_MAX = 20_000;

const CdkJson = z.object({ app: z.string(), context: z.optional(z.record(z.string(), z.unknown())) });

/**
 * Synthesizes the CDK app as `cdk synth` does, in a process of its own: the CDK would take 100 MB of this one for
 * good. An assembly made of the same inputs before is used again.
 *
 * @throws LocalCloudError with what the app says when it fails
 */
export async function synthesize(options: SynthesisOptions): Promise<Synthesis> {
  const key = hashInputs(options);
  const directory = join(options.cacheDirectory, `assembly-${key}`);
  if (existsSync(join(directory, 'manifest.json'))) {
    // The date says which assemblies are still used.
    utimesSync(directory, new Date(), new Date());
    return { directory, isCached: true };
  }
  mkdirSync(options.cacheDirectory, { recursive: true });
  const draft = join(options.cacheDirectory, `draft-${randomUUID()}`);
  try {
    await runApp(options, draft);
    publish(draft, directory);
  } finally {
    rmSync(draft, { recursive: true, force: true });
  }
  forgetOldAssemblies(options.cacheDirectory);
  return { directory, isCached: false };
}

function hashInputs({ projectDirectory, context }: SynthesisOptions): string {
  const hash = createHash('sha256').update(JSON.stringify([process.version, context]));
  for (const file of INPUTS.flatMap((input) => filesUnder(join(projectDirectory, input)))) {
    const path = relative(projectDirectory, file);
    if (!path.startsWith(NO_INPUT)) {
      hash.update(`\0${path}\0`).update(readFileSync(file));
    }
  }
  return hash.digest('hex').slice(0, 24);
}

function filesUnder(path: string): readonly string[] {
  const status = statSync(path, { throwIfNoEntry: false });
  if (status?.isDirectory() !== true) {
    return status === undefined ? [] : [path];
  }
  return readdirSync(path)
    .toSorted()
    .flatMap((name) => filesUnder(join(path, name)));
}

async function runApp(options: SynthesisOptions, outputDirectory: string): Promise<void> {
  const cdkJson = readCdkJson(options.projectDirectory);
  const context = { ...cdkJson.context, ...options.context };
  const child = spawn('/bin/sh', ['-c', `exec ${cdkJson.app}`], {
    cwd: options.projectDirectory,
    env: {
      ...pick(options.environment, APP_VARIABLES),
      // The app's own Node, whichever Node the machine has.
      PATH: [dirname(process.execPath), options.environment.PATH].join(delimiter),
      CDK_OUTDIR: outputDirectory,
      // Holding the template against CloudFormation's schemas is most of the work; `cdk synth` and the tests do it.
      CDK_VALIDATION: 'false',
      NODE_COMPILE_CACHE: join(options.cacheDirectory, 'compiled'),
      CDK_CONTEXT_JSON: JSON.stringify(context),
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const end = () => child.kill('SIGKILL');
  options.signal?.addEventListener('abort', end, { once: true });
  const { isSuccess, output } = await outcomeOf(child);
  options.signal?.removeEventListener('abort', end);
  if (options.signal?.aborted === true) {
    throw new LocalCloudError('stopped', 'Stopped before it was ready.');
  }
  if (!isSuccess) {
    throw new LocalCloudError(
      'synthesis-failed',
      `The CDK app could not be synthesized: ${reasonOf(output)}`,
    );
  }
}

function pick(
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string | undefined> {
  return Object.fromEntries(names.map((name) => [name, environment[name]]));
}

function outcomeOf(child: ChildProcess): Promise<{ readonly isSuccess: boolean; readonly output: string }> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output = `${output}${text}`.slice(-OUTPUT_KEPT_MAX);
    });
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ isSuccess: false, output: error.message }));
    child.once('close', (code) => resolve({ isSuccess: code === 0, output }));
  });
}

/** The line that names the error, without the stack trace around it. */
function reasonOf(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  const named = lines.find((line) => /^(\w*Error|Error \[\w+\]|\[Error)\b/.test(line));
  return named ?? lines.findLast((line) => line !== '') ?? 'it says nothing.';
}

function readCdkJson(projectDirectory: string): z.infer<typeof CdkJson> {
  const file = join(projectDirectory, 'cdk.json');
  try {
    return z.parse(CdkJson, JSON.parse(readFileSync(file, 'utf8')));
  } catch (error) {
    throw new LocalCloudError('synthesis-failed', `${file} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

/** Puts an assembly under its name at once and whole; another start may have done so meanwhile. */
function publish(draft: string, directory: string): void {
  try {
    renameSync(draft, directory);
  } catch (error) {
    if (!existsSync(join(directory, 'manifest.json'))) {
      throw error;
    }
  }
}

function forgetOldAssemblies(cacheDirectory: string): void {
  const assemblies = readdirSync(cacheDirectory)
    .filter((name) => name.startsWith('assembly-'))
    .map((name) => join(cacheDirectory, name))
    .toSorted((left, right) => statSync(right).mtimeMs - statSync(left).mtimeMs);
  for (const directory of assemblies.slice(ASSEMBLIES_KEPT_MAX)) {
    rmSync(directory, { recursive: true, force: true });
  }
}
