import { appendFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** A line that a function wrote. */
export interface LogLine {
  readonly functionName: string;
  readonly line: string;
}

const LINES_KEPT_MAX = 1_000;
const FILE_MAX_BYTES = 20 * 1024 * 1024;
const FLUSH_INTERVAL_MS = 100;

/**
 * What the functions write: the last lines of each in memory, and all of them in a file each when there is a
 * directory. A file that has grown is set aside once, so that the logs never fill a disk.
 */
export class FunctionLogs {
  readonly #directory: string | undefined;
  readonly #onLog: ((line: LogLine) => void) | undefined;
  readonly #lines = new Map<string, string[]>();
  readonly #unwritten = new Map<string, string[]>();
  readonly #listeners = new Map<string, ((line: string) => void)[]>();
  #timer: NodeJS.Timeout | undefined;

  constructor(directory: string | undefined, onLog: ((line: LogLine) => void) | undefined) {
    this.#directory = directory;
    this.#onLog = onLog;
  }

  write(functionName: string, line: string): void {
    const lines = this.#linesOf(this.#lines, functionName);
    lines.push(line);
    if (lines.length > LINES_KEPT_MAX) {
      lines.splice(0, lines.length - LINES_KEPT_MAX);
    }
    if (this.#directory !== undefined) {
      this.#linesOf(this.#unwritten, functionName).push(line);
      this.#timer ??= setTimeout(() => this.flush(), FLUSH_INTERVAL_MS);
    }
    this.#onLog?.({ functionName, line });
    for (const listener of this.#listeners.get(functionName) ?? []) {
      listener(line);
    }
  }

  /** Has someone hear each line that a function writes from here on. */
  listen(functionName: string, listener: (line: string) => void): void {
    this.#listeners.set(functionName, [...(this.#listeners.get(functionName) ?? []), listener]);
  }

  /** The last lines that a function wrote, oldest first. */
  lines(functionName: string): readonly string[] {
    return [...(this.#lines.get(functionName) ?? [])];
  }

  /** Writes what is not in the files yet. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    for (const [functionName, lines] of this.#unwritten) {
      this.#append(functionName, `${lines.join('\n')}\n`);
    }
    this.#unwritten.clear();
  }

  #append(functionName: string, text: string): void {
    const file = join(this.#directory ?? '', `${functionName}.log`);
    try {
      if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > FILE_MAX_BYTES) {
        renameSync(file, `${file}.1`);
      }
      appendFileSync(file, text, { mode: 0o600 });
    } catch {
      // A full disk must not end a trade: the lines stay in memory.
    }
  }

  #linesOf(map: Map<string, string[]>, functionName: string): string[] {
    const lines = map.get(functionName) ?? [];
    map.set(functionName, lines);
    return lines;
  }
}
