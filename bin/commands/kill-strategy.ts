import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';

/** How the local cloud titles the processes that run the strategy function. */
const TITLE = 'onefill-fn:strategy';

const instanceShape = z.object({ processes: z.array(z.object({ pid: z.int() })) });

/**
 * Kills the processes that run the strategy function with SIGKILL, as the kernel would; those of one local cloud,
 * as its data folder lists them, so that another one on the same machine is left alone.
 *
 * @returns the process ids of those killed
 */
export function killStrategyEnvironments(dataDirectory: string): number[] {
  const ours = processesOf(dataDirectory);
  const running = process.platform === 'linux' ? strategyOnLinux() : strategyElsewhere();
  const pids = running.filter((pid) => ours === undefined || ours.has(pid));
  for (const pid of pids) {
    process.kill(pid, 'SIGKILL');
  }
  return pids;
}

/** @returns `undefined` when the local cloud runs without a data folder, so that nothing tells whose they are */
function processesOf(dataDirectory: string): ReadonlySet<number> | undefined {
  const file = join(dataDirectory, 'instance.json');
  if (!existsSync(file)) {
    return undefined;
  }
  const { processes } = z.parse(instanceShape, JSON.parse(readFileSync(file, 'utf8')));
  return new Set(processes.map(({ pid }) => pid));
}

function strategyOnLinux(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && titleOf(name).startsWith(TITLE))
    .map(Number);
}

/** A process may end while it is being looked at; then it has no title. */
function titleOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function strategyElsewhere(): number[] {
  return execFileSync('ps', ['-axo', 'pid=,command='], { encoding: 'utf8' })
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([, command]) => command?.startsWith(TITLE))
    .map(([pid]) => Number(pid));
}
