import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import * as z from 'zod/mini';
import { type DataFolder, damaged, unusable } from './data-folder.ts';
import { LocalCloudError, messageOf } from './errors.ts';
import { endLeftOver, identifyProcess } from './process-identity.ts';

/** The running instance, and what it started: each process with a part of its command line. */
const InstanceFile = z.object({
  pid: z.int(),
  processes: z.array(z.object({ pid: z.int(), startedAt: z.string(), commandIncludes: z.string() })),
});

type InstanceFile = z.infer<typeof InstanceFile>;

const SQLITE_BUSY = 5;

/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const DAMAGE: ReadonlySet<unknown> = new Set([11, 26]);

/**
 * The right to use a data folder, held by one process at a time. The lock is the operating system's, on a SQLite
 * file: it ends with its process, however that ends. A second file lists the processes that the holder started, so
 * that the next holder can end those that outlived a `kill -9`.
 */
export class InstanceLock {
  readonly #folder: DataFolder;
  readonly #database: DatabaseSync;
  readonly #processes = new Map<number, InstanceFile['processes'][number]>();

  private constructor(folder: DataFolder, database: DatabaseSync) {
    this.#folder = folder;
    this.#database = database;
  }

  /**
   * Takes the lock, and ends what a dead holder left running.
   *
   * @throws LocalCloudError when a living process holds it, or when the folder cannot be locked
   */
  static async acquire(folder: DataFolder): Promise<InstanceLock> {
    const lock = new InstanceLock(folder, lockDatabase(folder));
    const leftOver = readInstance(folder)?.processes ?? [];
    await Promise.all(leftOver.map((process) => endLeftOver(process, process.commandIncludes)));
    lock.#rewrite();
    return lock;
  }

  /**
   * Notes a process that was started.
   *
   * @param commandIncludes a part of its command line that tells it from others
   */
  add(pid: number, commandIncludes: string): void {
    const identity = identifyProcess(pid);
    if (identity !== undefined) {
      this.#processes.set(pid, { ...identity, commandIncludes });
      this.#rewrite();
    }
  }

  /** Notes that a process has ended. */
  remove(pid: number): void {
    if (this.#processes.delete(pid)) {
      this.#rewrite();
    }
  }

  /** Gives the data folder free. */
  release(): void {
    rmSync(this.#folder.instanceFile, { force: true });
    this.#database.close();
  }

  #rewrite(): void {
    const content: InstanceFile = { pid: process.pid, processes: [...this.#processes.values()] };
    const draft = `${this.#folder.instanceFile}.draft`;
    try {
      writeFileSync(draft, JSON.stringify(content), { mode: 0o600 });
      renameSync(draft, this.#folder.instanceFile);
    } catch {
      // It only helps the next holder to tidy up: a full disk must not end this one.
    }
  }
}

function lockDatabase(folder: DataFolder): DatabaseSync {
  try {
    const database = new DatabaseSync(folder.lockFile);
    database.exec('BEGIN EXCLUSIVE');
    return database;
  } catch (error) {
    if (error instanceof Error && 'errcode' in error && error.errcode === SQLITE_BUSY) {
      throw alreadyRunning(folder);
    }
    if (error instanceof Error && 'errcode' in error && DAMAGE.has(error.errcode)) {
      throw damaged(folder.directory, folder.lockFile, messageOf(error));
    }
    throw unusable(folder.directory, error);
  }
}

/** @returns nothing where nobody ran, or where nothing can be made of the file: it only helps to tidy up */
function readInstance(folder: DataFolder): InstanceFile | undefined {
  try {
    return z.parse(InstanceFile, JSON.parse(readFileSync(folder.instanceFile, 'utf8')));
  } catch {
    return undefined;
  }
}

function alreadyRunning(folder: DataFolder): LocalCloudError {
  const holder = readInstance(folder);
  const who = holder === undefined ? '' : ` (process ${holder.pid})`;
  return new LocalCloudError(
    'already-running',
    `Onefill is already running with the data folder ${folder.directory}${who}. ` +
      'Stop it first, or choose another folder with ONEFILL_DATA_DIR.',
  );
}
