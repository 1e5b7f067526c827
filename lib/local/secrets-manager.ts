import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { type LoopbackServer, readBody, serveOnLoopback } from './loopback-server.ts';
import type { Secret, SecretsStore, SecretVersion } from './secrets-store.ts';

/** A refusal in the words of Secrets Manager. */
class Refusal extends Error {
  readonly type: string;

  constructor(type: string, message: string) {
    super(message);
    this.type = type;
  }
}

const Value = {
  SecretString: z.optional(z.string()),
  SecretBinary: z.optional(z.string()),
  ClientRequestToken: z.optional(z.string()),
};

const CreateSecret = z.object({ Name: z.string(), Description: z.optional(z.string()), ...Value });
const PutSecretValue = z.object({ SecretId: z.string(), ...Value });
const DescribeSecret = z.object({ SecretId: z.string() });
const GetSecretValue = z.object({
  SecretId: z.string(),
  VersionId: z.optional(z.string()),
  VersionStage: z.optional(z.string()),
});
const DeleteSecret = z.object({
  SecretId: z.string(),
  RecoveryWindowInDays: z.optional(z.number()),
  ForceDeleteWithoutRecovery: z.optional(z.boolean()),
});

const DAY_SECONDS = 24 * 60 * 60;
const RECOVERY_WINDOW_DEFAULT_DAYS = 30;
const BODY_MAX_BYTES = 1024 * 1024;

type Action = (store: SecretsStore, input: unknown, now: number) => unknown;

const ACTIONS = new Map<string, Action>([
  ['CreateSecret', (store, input, now) => createSecret(store, z.parse(CreateSecret, input), now)],
  ['PutSecretValue', (store, input, now) => putSecretValue(store, z.parse(PutSecretValue, input), now)],
  ['GetSecretValue', (store, input) => getSecretValue(store, z.parse(GetSecretValue, input))],
  ['DescribeSecret', (store, input) => describeSecret(find(store, z.parse(DescribeSecret, input).SecretId))],
  ['DeleteSecret', (store, input, now) => deleteSecret(store, z.parse(DeleteSecret, input), now)],
]);

/**
 * Serves the secrets on a free port of the loopback interface. No package offers this service, unlike the tables
 * and the queues: what Onefill calls of it is written here, with the answers and refusals of AWS.
 */
export async function startSecretsManager(store: SecretsStore): Promise<LoopbackServer> {
  return await serveOnLoopback((request, response) => {
    void answer(store, request, response);
  });
}

async function answer(
  store: SecretsStore,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const [status, body] = await outcome(store, request);
  response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' });
  response.end(JSON.stringify(body));
}

async function outcome(store: SecretsStore, request: IncomingMessage): Promise<readonly [number, unknown]> {
  try {
    const name = String(request.headers['x-amz-target']).replace('secretsmanager.', '');
    const action = ACTIONS.get(name);
    if (action === undefined) {
      throw new Refusal('UnknownOperationException', `The local Secrets Manager has no ${name}.`);
    }
    const body = await readBody(request, BODY_MAX_BYTES);
    if (body === undefined) {
      throw new Refusal('InvalidParameterException', 'The request is too large.');
    }
    const input: unknown = JSON.parse(body);
    return [200, action(store, input, Date.now() / 1_000)];
  } catch (error) {
    if (error instanceof Refusal) {
      return [400, { __type: error.type, message: error.message }];
    }
    if (error instanceof z.core.$ZodError || error instanceof SyntaxError) {
      return [400, { __type: 'InvalidParameterException', message: 'The request is malformed.' }];
    }
    return [500, { __type: 'InternalServiceError', message: 'The secrets could not be written.' }];
  }
}

function createSecret(store: SecretsStore, input: z.infer<typeof CreateSecret>, now: number) {
  const existing = store.find(input.Name);
  if (existing?.deletedAt !== undefined) {
    throw new Refusal(
      'InvalidRequestException',
      "You can't create this secret because a secret with this name is already scheduled for deletion.",
    );
  }
  if (existing !== undefined && !isRepeat(existing, input)) {
    throw new Refusal('ResourceExistsException', `The secret ${input.Name} already exists.`);
  }
  const secret = existing ?? store.create(input.Name, input.Description, now);
  const version = existing === undefined ? addValue(store, secret, input, now) : secret.versions[0];
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id };
}

function putSecretValue(store: SecretsStore, input: z.infer<typeof PutSecretValue>, now: number) {
  const secret = findUsable(store, input.SecretId);
  const version = isRepeat(secret, input)
    ? secret.versions.find(({ id }) => id === input.ClientRequestToken)
    : addValue(store, secret, input, now);
  return { ARN: secret.arn, Name: secret.name, VersionId: version?.id, VersionStages: ['AWSCURRENT'] };
}

interface NewValue {
  readonly SecretString?: string | undefined;
  readonly SecretBinary?: string | undefined;
  readonly ClientRequestToken?: string | undefined;
}

/** Whether the SDK sends a request again that was carried out: same token, same value. */
function isRepeat(secret: Secret, input: NewValue): boolean {
  const version = secret.versions.find(({ id }) => id === input.ClientRequestToken);
  if (version === undefined) {
    return false;
  }
  if (version.secretString !== input.SecretString || version.secretBinary !== input.SecretBinary) {
    throw new Refusal('ResourceExistsException', 'This version exists already with another value.');
  }
  return true;
}

function addValue(store: SecretsStore, secret: Secret, input: NewValue, now: number): SecretVersion {
  if (input.SecretString === undefined && input.SecretBinary === undefined) {
    throw new Refusal('InvalidRequestException', 'You must provide either SecretString or SecretBinary.');
  }
  const version: SecretVersion = {
    id: input.ClientRequestToken ?? randomUUID(),
    createdAt: now,
    secretString: input.SecretString,
    secretBinary: input.SecretBinary,
  };
  store.addVersion(secret, version);
  return version;
}

function getSecretValue(store: SecretsStore, input: z.infer<typeof GetSecretValue>) {
  const secret = findUsable(store, input.SecretId);
  const stage = input.VersionStage ?? 'AWSCURRENT';
  const version =
    input.VersionId === undefined
      ? secret.versions[stage === 'AWSCURRENT' ? 0 : stage === 'AWSPREVIOUS' ? 1 : Number.NaN]
      : secret.versions.find(({ id }) => id === input.VersionId);
  if (version === undefined) {
    throw notFound();
  }
  return {
    ARN: secret.arn,
    Name: secret.name,
    CreatedDate: version.createdAt,
    SecretString: version.secretString,
    SecretBinary: version.secretBinary,
    VersionId: version.id,
    VersionStages: stagesOf(secret.versions.indexOf(version)),
  };
}

function describeSecret(secret: Secret) {
  return {
    ARN: secret.arn,
    Name: secret.name,
    Description: secret.description,
    CreatedDate: secret.createdAt,
    LastChangedDate: secret.changedAt,
    DeletedDate: secret.deletedAt,
    VersionIdsToStages: Object.fromEntries(
      secret.versions.slice(0, 2).map(({ id }, index) => [id, stagesOf(index)]),
    ),
  };
}

function deleteSecret(store: SecretsStore, input: z.infer<typeof DeleteSecret>, now: number) {
  const secret = find(store, input.SecretId);
  if (input.ForceDeleteWithoutRecovery === true) {
    store.delete(secret);
    return { ARN: secret.arn, Name: secret.name, DeletionDate: now };
  }
  const days = input.RecoveryWindowInDays ?? RECOVERY_WINDOW_DEFAULT_DAYS;
  const deletedAt = now + days * DAY_SECONDS;
  store.scheduleDeletion(secret, deletedAt);
  return { ARN: secret.arn, Name: secret.name, DeletionDate: deletedAt };
}

function stagesOf(index: number): readonly string[] {
  return [['AWSCURRENT'], ['AWSPREVIOUS']][index] ?? [];
}

function find(store: SecretsStore, id: string): Secret {
  const secret = store.find(id);
  if (secret === undefined) {
    throw notFound();
  }
  return secret;
}

function findUsable(store: SecretsStore, id: string): Secret {
  const secret = find(store, id);
  if (secret.deletedAt !== undefined) {
    throw new Refusal(
      'InvalidRequestException',
      "You can't perform this operation on the secret because it was marked for deletion.",
    );
  }
  return secret;
}

function notFound(): Refusal {
  return new Refusal('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
}
