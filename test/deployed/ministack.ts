import { devNull } from 'node:os';
import { delimiter, resolve } from 'node:path';
import { send } from './http.ts';

/** The repository, where commands are run. */
export const PROJECT_DIRECTORY = resolve(import.meta.dirname, '../..');
/** The account and region that MiniStack takes these credentials for. */
export const ACCOUNT = '000000000000';
export const REGION = 'us-east-1';
export const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;

/** A MiniStack that answers. */
export interface MiniStack {
  readonly endpoint: URL;
  /** Whether it holds each call against the caller's policies, which it does when started with `AUTH=true`. */
  readonly enforcesPolicies: boolean;
  /** The environment in which commands reach it, and nothing of AWS itself. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const ENDPOINT_DEFAULT = 'http://127.0.0.1:4566';

const HOW_TO_START = `Start one in another terminal, and run this again:

  python3 -m venv .ministack
  .ministack/bin/pip install -r .ci/ministack/requirements.txt
  PATH="$PWD/node_modules/.bin:$PATH" BIND_HOST=127.0.0.1 .ministack/bin/ministack
`;

/**
 * Finds the MiniStack of `AWS_ENDPOINT_URL`, else at its usual port.
 *
 * @throws Error saying how to start one; also when something else answers, for that may be someone's own cloud
 */
export async function findMiniStack(
  source: Readonly<Record<string, string | undefined>> = process.env,
): Promise<MiniStack> {
  const endpoint = new URL(source.AWS_ENDPOINT_URL || ENDPOINT_DEFAULT);
  const health = await askHealth(endpoint);
  return {
    endpoint,
    enforcesPolicies: health.auth === 'enabled',
    environment: commandEnvironment(source, endpoint),
  };
}

async function askHealth(endpoint: URL): Promise<{ readonly auth?: string }> {
  let problem: unknown;
  try {
    const answer = await send(endpoint, { method: 'GET', path: '/_ministack/health' });
    if (answer.status === 200) {
      return JSON.parse(answer.text);
    }
    problem = `it answered ${answer.status}`;
  } catch (error) {
    problem = error instanceof Error ? error.message : error;
  }
  throw new Error(`No MiniStack answers at ${endpoint.origin} (${problem}). ${HOW_TO_START}`);
}

/** What there is in the environment, less whatever could lead a command to AWS or to another account. */
function commandEnvironment(
  source: Readonly<Record<string, string | undefined>>,
  endpoint: URL,
): MiniStack['environment'] {
  const kept = Object.entries(source).filter(
    ([name]) => !name.startsWith('AWS_') || name === 'AWS_CA_BUNDLE',
  );
  return {
    ...Object.fromEntries(kept),
    PATH: `${resolve(PROJECT_DIRECTORY, 'node_modules/.bin')}${delimiter}${source.PATH ?? ''}`,
    AWS_ENDPOINT_URL: endpoint.origin,
    AWS_ACCESS_KEY_ID: CREDENTIALS.accessKeyId,
    AWS_SECRET_ACCESS_KEY: CREDENTIALS.secretAccessKey,
    AWS_REGION: REGION,
    // What version 1 of AWS's own tool reads.
    AWS_DEFAULT_REGION: REGION,
    AWS_CONFIG_FILE: devNull,
    AWS_SHARED_CREDENTIALS_FILE: devNull,
    CDK_DISABLE_CLI_TELEMETRY: 'true',
    CDK_DISABLE_VERSION_CHECK: 'true',
    NO_COLOR: '1',
  };
}
