import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { LocalCloudError, messageOf } from './errors.ts';

/** Where a local cloud keeps its data. */
export interface DataFolder {
  readonly directory: string;
  /** The DynamoDB engine's database. */
  readonly tablesFile: string;
  /** The directory of the queue engine's database. */
  readonly queuesDirectory: string;
  /** How far event source mappings are in their streams. */
  readonly positionsFile: string;
  readonly secretsFile: string;
  readonly logsDirectory: string;
  /** Locked while someone uses the folder. */
  readonly lockFile: string;
  /** Who uses it, and which processes it started. */
  readonly instanceFile: string;
}

/**
 * Makes a data folder if there is none.
 *
 * @throws LocalCloudError when it cannot be made or written
 */
export function openDataFolder(directory: string): DataFolder {
  const folder = {
    directory,
    tablesFile: join(directory, 'dynamodb.db'),
    queuesDirectory: join(directory, 'sqs'),
    positionsFile: join(directory, 'streams.json'),
    secretsFile: join(directory, 'secrets.json'),
    logsDirectory: join(directory, 'logs'),
    lockFile: join(directory, 'lock.db'),
    instanceFile: join(directory, 'instance.json'),
  };
  try {
    // Webhooks and secrets of whoever tries Onefill are nobody else's business.
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    mkdirSync(folder.queuesDirectory, { recursive: true });
    mkdirSync(folder.logsDirectory, { recursive: true });
    return folder;
  } catch (error) {
    throw unusable(directory, error);
  }
}

/**
 * Checks the databases before an engine opens them: the engines report a damaged one late, and each in its own way.
 *
 * @throws LocalCloudError when one of them is damaged
 */
export function assertDatabasesSound(folder: DataFolder): void {
  for (const file of [folder.tablesFile, join(folder.queuesDirectory, 'fauxqs.db')]) {
    if (existsSync(file)) {
      assertSound(file, folder);
    }
  }
}

function assertSound(file: string, folder: DataFolder): void {
  let finding: unknown;
  try {
    const database = new DatabaseSync(file);
    try {
      finding = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {})[0];
    } finally {
      database.close();
    }
  } catch (error) {
    finding = messageOf(error);
  }
  if (finding !== 'ok') {
    throw damaged(folder.directory, file, String(finding));
  }
}

/** The error of a data folder that cannot be made, read or written. */
export function unusable(directory: string, error: unknown): LocalCloudError {
  return new LocalCloudError(
    'data-unusable',
    `The data folder ${directory} cannot be used (${messageOf(error)}). Choose another with ONEFILL_DATA_DIR.`,
    { cause: error },
  );
}

/** The error of a data folder that an engine cannot go on with. */
export function damaged(directory: string, file: string, finding: string): LocalCloudError {
  return new LocalCloudError(
    'data-damaged',
    `The data folder ${directory} is damaged (${file}: ${finding}). ` +
      'Move it away to start afresh, or choose another with ONEFILL_DATA_DIR.',
  );
}
