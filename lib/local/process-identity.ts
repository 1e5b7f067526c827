import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** What tells a process from a later one that got the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When it started, as its system tells it. */
  readonly startedAt: string;
}

const END_TIMEOUT_MS = 2_000;
const POLL_INTERVAL_MS = 10;

/** The identity of a process that lives, else nothing. */
export function identifyProcess(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? startOnLinux(pid) : startElsewhere(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

/** Whether this very process still lives. */
function isAlive(identity: ProcessIdentity): boolean {
  return identifyProcess(identity.pid)?.startedAt === identity.startedAt;
}

/**
 * Ends a process at once, unless its number belongs to another one now or its command line is not the one expected:
 * two proofs, because ending a stranger's process is worse than leaving one of ours.
 *
 * Settles when it has ended.
 */
export async function endLeftOver(identity: ProcessIdentity, commandIncludes: string): Promise<void> {
  if (!isAlive(identity) || !commandOf(identity.pid).includes(commandIncludes)) {
    return;
  }
  try {
    process.kill(identity.pid, 'SIGKILL');
  } catch {
    return; // It ended meanwhile, or it is not ours to end.
  }
  for (let waitedMs = 0; waitedMs < END_TIMEOUT_MS && isAlive(identity); waitedMs += POLL_INTERVAL_MS) {
    await delay(POLL_INTERVAL_MS);
  }
}

/** Field 22 of /proc/pid/stat, in ticks since boot, and which boot that was. A zombie counts as dead. */
function startOnLinux(pid: number): string | undefined {
  try {
    // The second field is the program's name, in parentheses, and may hold spaces and parentheses itself.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ');
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return fields[0] === 'Z' ? undefined : `${boot}:${fields[19]}`;
  } catch {
    return undefined;
  }
}

function startElsewhere(pid: number): string | undefined {
  return ask(pid, 'lstart=') || undefined;
}

function commandOf(pid: number): string {
  if (process.platform !== 'linux') {
    return ask(pid, 'command=');
  }
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

function ask(pid: number, column: string): string {
  try {
    return execFileSync('ps', ['-p', String(pid), '-o', column], { encoding: 'utf8' }).trim();
  } catch {
    return '';
  }
}
