import { readFileSync } from 'node:fs';

/** A process with a limit. */
export interface WatchedProcess {
  readonly pid: number | undefined;
  /** Called when the process holds more than its limit. */
  onExceeded(residentMb: number): void;
}

const INTERVAL_MS = 100;
const PAGE_BYTES = 4_096;
const MEGABYTE = 1024 * 1024;

/**
 * The memory that a process holds, in MB. Known on Linux only: elsewhere V8's own limit is the only one.
 */
function residentMb(pid: number): number | undefined {
  try {
    const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]);
    return (pages * PAGE_BYTES) / MEGABYTE;
  } catch {
    return undefined;
  }
}

/**
 * Watches the memory of processes, for V8 limits its heap only: not what buffers and native code hold.
 *
 * @param list the processes that live now, each with its limit in MB
 * @returns ends the watch
 */
export function watchMemory(list: () => Iterable<WatchedProcess & { readonly limitMb: number }>): () => void {
  const timer = setInterval(() => {
    for (const { pid, limitMb, onExceeded } of list()) {
      const used = pid === undefined ? undefined : residentMb(pid);
      if (used !== undefined && used > limitMb) {
        onExceeded(used);
      }
    }
  }, INTERVAL_MS);
  return () => clearInterval(timer);
}
