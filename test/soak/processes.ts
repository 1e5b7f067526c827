import { readdirSync, readFileSync } from 'node:fs';

/** What one process holds. */
interface Held {
  readonly residentMb: number;
  readonly handles: number;
}

/** What the processes of one kind hold, on average, at one moment. */
export interface Sample extends Held {
  readonly kind: string;
}

const PAGES_PER_MB = 256;

/** What a process holds, as Linux tells; `undefined` when it has ended. */
function heldBy(pid: number): Held | undefined {
  try {
    const [, residentPages = '0'] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ');
    return {
      residentMb: Number(residentPages) / PAGES_PER_MB,
      handles: readdirSync(`/proc/${pid}/fd`).length,
    };
  } catch {
    return undefined;
  }
}

/** Looks at all processes once. @param pids by kind */
export function sample(pids: Readonly<Record<string, readonly number[]>>): Sample[] {
  return Object.entries(pids).flatMap(([kind, ofKind]) => {
    const held = ofKind.flatMap((pid) => heldBy(pid) ?? []);
    return held.length === 0
      ? []
      : [
          {
            kind,
            residentMb: mean(held.map(({ residentMb }) => residentMb)),
            handles: mean(held.map(({ handles }) => handles)),
          },
        ];
  });
}

/** How what a kind of process holds has grown: its last quarter held against its second one, by which all is warm. */
export interface Growth {
  readonly kind: string;
  readonly before: Held;
  readonly after: Held;
}

/** One growth per kind that was seen often enough. */
export function growthOf(samples: readonly Sample[]): Growth[] {
  const kinds = [...new Set(samples.map(({ kind }) => kind))];
  return kinds.flatMap((kind) => {
    const ofKind = samples.filter((each) => each.kind === kind);
    const quarter = Math.floor(ofKind.length / 4);
    return quarter === 0
      ? []
      : [
          {
            kind,
            before: average(ofKind.slice(quarter, 2 * quarter)),
            after: average(ofKind.slice(-quarter)),
          },
        ];
  });
}

function average(samples: readonly Sample[]): Held {
  return {
    residentMb: mean(samples.map(({ residentMb }) => residentMb)),
    handles: mean(samples.map(({ handles }) => handles)),
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
