import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import * as z from 'zod/mini';
import { LOCAL_ACCOUNT_ID } from './account.ts';
import { type DataFolder, damaged } from './data-folder.ts';
import { messageOf, systemCodeOf } from './errors.ts';

const Version = z.object({
  id: z.string(),
  createdAt: z.number(),
  secretString: z.optional(z.string()),
  /** Base64. */
  secretBinary: z.optional(z.string()),
});

const Secret = z.object({
  name: z.string(),
  arn: z.string(),
  description: z.optional(z.string()),
  createdAt: z.number(),
  changedAt: z.number(),
  /** When it is scheduled for deletion: until then it exists and cannot be read. Epoch seconds. */
  deletedAt: z.optional(z.number()),
  /** The newest first. Secrets Manager keeps the current and the previous one under a label. */
  versions: z.array(Version),
});

const SecretsFile = z.object({ secrets: z.array(Secret) });

/** A secret with its versions. */
export type Secret = z.infer<typeof Secret>;

/** One value that a secret has or had. */
export type SecretVersion = z.infer<typeof Version>;

const VERSIONS_KEPT_MAX = 10;

/** The secrets, in memory and, when there is a data folder, in a file that only its owner can read. */
export class SecretsStore {
  readonly #file: string | undefined;
  readonly #region: string;
  readonly #secrets = new Map<string, Secret>();

  /** @throws LocalCloudError when the file is damaged */
  constructor(folder: DataFolder | undefined, region: string) {
    this.#file = folder?.secretsFile;
    this.#region = region;
    for (const secret of folder === undefined ? [] : read(folder)) {
      this.#secrets.set(secret.name, secret);
    }
  }

  /**
   * A secret by its name or its ARN.
   *
   * @param id as in Secrets Manager, the ARN may lack its random end
   */
  find(id: string): Secret | undefined {
    const name = id.startsWith('arn:') ? id.split(':').slice(6).join(':') : id;
    return (
      this.#secrets.get(name) ??
      [...this.#secrets.values()].find(({ arn }) => id.startsWith('arn:') && arn === id)
    );
  }

  /** A secret without a value yet. */
  create(name: string, description: string | undefined, now: number): Secret {
    // Random in AWS; here made of the name, so that an ARN is the same after a restart.
    const suffix = createHash('sha256').update(name).digest('hex').slice(0, 6);
    const arn = `arn:aws:secretsmanager:${this.#region}:${LOCAL_ACCOUNT_ID}:secret:${name}-${suffix}`;
    const secret: Secret = { name, arn, description, createdAt: now, changedAt: now, versions: [] };
    this.#secrets.set(name, secret);
    return secret;
  }

  /** Gives a secret a new current value. */
  addVersion(secret: Secret, version: SecretVersion): void {
    secret.versions = [version, ...secret.versions].slice(0, VERSIONS_KEPT_MAX);
    secret.changedAt = version.createdAt;
    this.#save();
  }

  /** Schedules a secret for deletion. */
  scheduleDeletion(secret: Secret, deletedAt: number): void {
    secret.deletedAt = deletedAt;
    this.#save();
  }

  /** Forgets a secret at once. */
  delete(secret: Secret): void {
    this.#secrets.delete(secret.name);
    this.#save();
  }

  #save(): void {
    if (this.#file !== undefined) {
      const draft = `${this.#file}.draft`;
      writeFileSync(draft, JSON.stringify({ secrets: [...this.#secrets.values()] }), { mode: 0o600 });
      renameSync(draft, this.#file);
    }
  }
}

function read(folder: DataFolder): readonly Secret[] {
  try {
    return z.parse(SecretsFile, JSON.parse(readFileSync(folder.secretsFile, 'utf8'))).secrets;
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') {
      return [];
    }
    // The parser's own message could quote a secret.
    const finding = systemCodeOf(error) === undefined ? 'it is not a secrets file' : messageOf(error);
    throw damaged(folder.directory, folder.secretsFile, finding);
  }
}
