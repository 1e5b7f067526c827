import type { Names, Path, PathTemplate } from './paths.ts';
import { refuseOverlaps, resolvePath, stepInto } from './paths.ts';
import { define, type Item, isItem, type Value } from './values.ts';

/** What is wanted of a value: all of it, or parts by step. */
type Wanted = 'all' | Map<string | number, Wanted>;

/** The parts of an item at the paths, where they are: lists close up around what was not asked for. */
export function project(item: Item, paths: readonly PathTemplate[], names: Names): Item {
  const resolved = paths.map((path) => resolvePath(path, names));
  refuseOverlaps('ProjectionExpression', resolved);
  const wanted = new Map<string | number, Wanted>();
  for (const path of resolved) {
    want(wanted, path);
  }
  return (pick(item, wanted) ?? {}) as Item;
}

function want(wanted: Map<string | number, Wanted>, [step = '', ...rest]: Path): void {
  if (rest.length === 0) {
    wanted.set(step, 'all');
    return;
  }
  const known = wanted.get(step);
  const inner = known instanceof Map ? known : new Map<string | number, Wanted>();
  wanted.set(step, inner);
  want(inner, rest);
}

/** @returns `undefined` when the value has nothing of what is wanted */
function pick(value: Value, wanted: Wanted): Value | undefined {
  if (wanted === 'all') {
    return value;
  }
  const found = [...wanted]
    .map(([step, inner]) => {
      const part = stepInto(value, step);
      return [step, part === undefined ? undefined : pick(part, inner)] as const;
    })
    .filter(([, part]) => part !== undefined);
  if (found.length === 0) {
    return undefined;
  }
  if (!isItem(value)) {
    return found.sort(([left], [right]) => Number(left) - Number(right)).map(([, part]) => part as Value);
  }
  const picked: Record<string, Value> = {};
  for (const [step, part] of found) {
    define(picked, String(step), part);
  }
  return picked;
}
