/**
 * How far a shard is done when its records are worked on side by side: up to the first that is not. What is behind
 * that one and done already would be delivered again after a restart.
 */
export class ShardProgress {
  #lastRead: string;
  /** The records in work, in the stream's order, each with the position before it. */
  readonly #inWork = new Map<string, string>();

  /** @param position where reading begins */
  constructor(position: string) {
    this.#lastRead = position;
  }

  /** Notes a record that was read, and whether someone works on it. */
  read(sequenceNumber: string, isInWork: boolean): void {
    if (isInWork) {
      this.#inWork.set(sequenceNumber, this.#lastRead);
    }
    this.#lastRead = sequenceNumber;
  }

  /** Notes a record that is done. */
  done(sequenceNumber: string): void {
    this.#inWork.delete(sequenceNumber);
  }

  /** Where to go on after a restart. */
  get position(): string {
    for (const before of this.#inWork.values()) {
      return before;
    }
    return this.#lastRead;
  }

  /** Where the next record is to be read. */
  get lastRead(): string {
    return this.#lastRead;
  }
}
