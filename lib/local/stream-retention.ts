import { DatabaseSync } from 'node:sqlite';

/** How many records are kept of those that every reader has had. */
const KEPT_COUNT = 10_000;

/** How many are removed at once: the engine cannot write meanwhile. */
const REMOVED_AT_ONCE_MAX = 500;

const BUSY_TIMEOUT_MS = 20;

/**
 * What dynoxide 1.2.1 does not do for its streams: it keeps their records for ever in one SQLite table, and every
 * write searches all of them for the highest number. An index makes that one step, and old records are removed here.
 */
export class StreamRetention {
  readonly #database: DatabaseSync;

  /**
   * Makes the index.
   *
   * @param databaseFile of a dynoxide that has made its tables
   */
  constructor(databaseFile: string) {
    this.#database = new DatabaseSync(databaseFile, { timeout: BUSY_TIMEOUT_MS });
    // The engine moves what is written into its file: this process would wait for the disk.
    this.#database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0;');
    this.#database.exec(
      'CREATE INDEX IF NOT EXISTS onefill_stream_records ' +
        'ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    );
  }

  /**
   * Removes some of the records that are not needed: never the last ones of a table, for dynoxide takes the next
   * number from them.
   *
   * @param deliveredUpTo the last record that every reader has had
   * @returns how many were removed: none while the engine is busy
   */
  trim(tableName: string, deliveredUpTo: number): number {
    const number = 'CAST(sequence_number AS INTEGER)';
    try {
      const { first, last } = this.#database
        .prepare(
          `SELECT (SELECT MIN(${number}) FROM _stream_records WHERE table_name = ?1) AS first,
                  (SELECT MAX(${number}) FROM _stream_records WHERE table_name = ?1) AS last`,
        )
        .get(tableName) as { first: number; last: number };
      const upTo = Math.min(deliveredUpTo, last - KEPT_COUNT, first + REMOVED_AT_ONCE_MAX - 1);
      return Number(
        this.#database
          .prepare(`DELETE FROM _stream_records WHERE table_name = ? AND ${number} <= ?`)
          .run(tableName, upTo).changes,
      );
    } catch {
      return 0;
    }
  }

  close(): void {
    this.#database.close();
  }
}
