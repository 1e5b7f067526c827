import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ACCOUNT, type MiniStack, PROJECT_DIRECTORY, REGION } from './ministack.ts';

/** How a command ended. */
export interface Ended {
  readonly exitCode: number;
  readonly stdout: string;
  /** Both streams, for the reader of a failure. */
  readonly output: string;
}

/** The stack's outputs, as `cdk deploy --outputs-file` writes them. */
export interface StackOutputs {
  readonly ApiUrl: string;
  readonly LedgerTableName: string;
  readonly AlertsTopicArn: string;
}

const COMMAND_TIMEOUT_MS = 150_000;

/** Version 1 of AWS's own tool, which is what PyPI has, calls SQS in AWS whatever `AWS_ENDPOINT_URL` says. */
const AWS_COMMAND = 'aws() { command aws --endpoint-url "$AWS_ENDPOINT_URL" "$@"; }';

/** The commands of docs/deployment.md, run as a person would, against a MiniStack. */
export class Commands {
  readonly #environment: MiniStack['environment'];
  /** Where commands write: of this test alone, so that whatever else synthesizes in this repository does not meet it. */
  readonly directory = mkdtempSync(join(tmpdir(), 'onefill-deployed-'));

  constructor({ environment }: MiniStack) {
    this.#environment = environment;
  }

  /** Prepares the account for the CDK. */
  bootstrap(): Promise<Ended> {
    return this.#cdk('bootstrap', `aws://${ACCOUNT}/${REGION}`);
  }

  /**
   * Deploys a stage, or updates it.
   *
   * @param options of the deployment, such as `logLevel=INFO`
   * @throws Error with the command's output when it fails
   */
  async deploy(stage: string, stackName: string, options: readonly string[] = []): Promise<StackOutputs> {
    const file = join(this.directory, 'outputs.json');
    const { exitCode, output } = await this.#cdk(
      ...['deploy', ...contextOf(stage, options), '--require-approval', 'never', '--outputs-file', file],
    );
    if (exitCode !== 0) {
      throw new Error(`cdk deploy ended with ${exitCode}:\n${output}`);
    }
    return JSON.parse(readFileSync(file, 'utf8'))[stackName];
  }

  /** Compares what is deployed with the app: exit code 0 when there is no difference, else 1. */
  diff(stage: string, options: readonly string[] = []): Promise<Ended> {
    return this.#cdk('diff', ...contextOf(stage, options), '--fail');
  }

  destroy(stage: string): Promise<Ended> {
    return this.#cdk('destroy', '-c', `stage=${stage}`, '--force');
  }

  /** Issues a token, which is all that comes on standard output. */
  createToken(role: string, tableName: string): Promise<Ended> {
    return this.#npx('onefill', 'token', 'create', '--role', role, '--table', tableName);
  }

  /**
   * Runs what a document says in a shell.
   *
   * @param input what is typed
   * @throws Error with the output when a command fails
   */
  async shell(script: string, input = ''): Promise<string> {
    const { exitCode, stdout, output } = await this.#run(
      'bash',
      ['--norc', '-euo', 'pipefail', '-c', `${AWS_COMMAND}\n${script}`],
      { cwd: this.directory, input },
    );
    if (exitCode !== 0) {
      throw new Error(`This ended with ${exitCode}:\n${script}\n${output}`);
    }
    return stdout;
  }

  /** Removes what the commands left on this machine. */
  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }

  #cdk(...parameters: readonly string[]): Promise<Ended> {
    return this.#npx('cdk', ...parameters, '--output', join(this.directory, 'cdk.out'));
  }

  #npx(...command: readonly string[]): Promise<Ended> {
    return this.#run('npx', command, { cwd: PROJECT_DIRECTORY, input: '' });
  }

  #run(
    file: string,
    parameters: readonly string[],
    { cwd, input }: { readonly cwd: string; readonly input: string },
  ): Promise<Ended> {
    return new Promise((resolve) => {
      const child = execFile(
        file,
        parameters,
        { cwd, env: this.#environment, timeout: COMMAND_TIMEOUT_MS, maxBuffer: 2 ** 26 },
        (error, stdout, stderr) => {
          const exitCode = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
          resolve({ exitCode, stdout, output: `${stdout}${stderr}${exitCode === -1 ? error : ''}` });
        },
      );
      child.stdin?.end(input);
    });
  }
}

function contextOf(stage: string, options: readonly string[]): string[] {
  return [`stage=${stage}`, ...options].flatMap((option) => ['-c', option]);
}
