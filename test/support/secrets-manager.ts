import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { json } from 'node:stream/consumers';

/** A Secrets Manager of a test's own: as much of the protocol as Onefill uses. */
export interface TestSecretsManager {
  readonly endpoint: string;
  /** The secrets as they are now, by name. */
  readonly secrets: Map<string, string>;
  /** Every call that was made, by its action's name. */
  readonly calls: string[];
  stop(): Promise<void>;
}

interface Reply {
  readonly status: number;
  readonly body: Readonly<Record<string, string>>;
}

/** Starts a Secrets Manager on a free port of the loopback interface. */
export async function startTestSecretsManager(): Promise<TestSecretsManager> {
  const secrets = new Map<string, string>();
  const calls: string[] = [];
  const server = createServer((request, response) => {
    void reply(secrets, calls, request).then(({ status, body }) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(JSON.stringify(body));
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') {
    throw new Error('The server has no port.');
  }
  return {
    endpoint: `http://127.0.0.1:${address.port}`,
    secrets,
    calls,
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function reply(
  secrets: Map<string, string>,
  calls: string[],
  request: IncomingMessage,
): Promise<Reply> {
  const action = String(request.headers['x-amz-target']).split('.')[1] ?? '';
  const input = (await json(request)) as Readonly<Record<string, string>>;
  const name = input.SecretId ?? input.Name ?? '';
  calls.push(action);
  if (action === 'CreateSecret') {
    return secrets.has(name) ? failure('ResourceExistsException') : store(secrets, name, input);
  }
  const text = secrets.get(name);
  if (text === undefined) {
    return failure('ResourceNotFoundException');
  }
  switch (action) {
    case 'PutSecretValue':
      return store(secrets, name, input);
    case 'GetSecretValue':
      return { status: 200, body: { Name: name, SecretString: text } };
    case 'DeleteSecret':
      secrets.delete(name);
      return { status: 200, body: { Name: name } };
    default:
      return failure('InvalidRequestException');
  }
}

function store(secrets: Map<string, string>, name: string, input: Readonly<Record<string, string>>): Reply {
  secrets.set(name, input.SecretString ?? '');
  return { status: 200, body: { Name: name } };
}

function failure(type: string): Reply {
  return { status: 400, body: { __type: type, message: type } };
}
