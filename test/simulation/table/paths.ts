import { invalidIn } from './errors.ts';
import { RESERVED_WORDS } from './reserved-words.ts';
import type { TokenReader } from './tokens.ts';
import { type Item, isItem, type Value } from './values.ts';

/** Where a value is within an item: names lead into maps, numbers into lists. The first step is always a name. */
export type Path = readonly (string | number)[];

/** A path as it was written: `#names` are not replaced yet. */
export interface PathTemplate {
  readonly steps: Path;
  readonly hasPlaceholders: boolean;
}

/** What `ExpressionAttributeNames` says. */
export type Names = Readonly<Record<string, string>>;

/** Reads `a`, `#a.b`, `a[1].#c`. */
export function readPath(tokens: TokenReader): PathTemplate {
  const steps: (string | number)[] = [readName(tokens)];
  for (;;) {
    if (tokens.takes('.')) {
      steps.push(readName(tokens));
    } else if (tokens.takes('[')) {
      if (tokens.next.kind !== 'index') {
        throw tokens.syntaxError();
      }
      steps.push(Number(tokens.take().text));
      tokens.expect(']');
    } else {
      return { steps, hasPlaceholders: steps.some(isPlaceholder) };
    }
  }
}

function readName(tokens: TokenReader): string {
  const { kind, text } = tokens.next;
  if (kind !== 'name' && kind !== '#name') {
    throw tokens.syntaxError();
  }
  if (kind === 'name' && RESERVED_WORDS.has(text.toLowerCase())) {
    throw tokens.error(`Attribute name is a reserved keyword; reserved keyword: ${text}`);
  }
  return tokens.take().text;
}

function isPlaceholder(step: string | number): boolean {
  return typeof step === 'string' && step.startsWith('#');
}

/** The path with its placeholders replaced; they were checked to be defined before. */
export function resolvePath(template: PathTemplate, names: Names): Path {
  if (!template.hasPlaceholders) {
    return template.steps;
  }
  return template.steps.map((step) =>
    typeof step === 'string' && step.startsWith('#') ? (names[step] ?? step) : step,
  );
}

/** The value at a path, or `undefined` when the item has none there. */
export function valueAt(item: Item | undefined, path: Path): Value | undefined {
  let value: Value | undefined = item;
  for (const step of path) {
    value = stepInto(value, step);
    if (value === undefined) {
      return undefined;
    }
  }
  return value;
}

/** One step down from a value; `undefined` when it does not lead anywhere. */
export function stepInto(value: Value | undefined, step: string | number): Value | undefined {
  if (typeof step === 'number') {
    return Array.isArray(value) ? (value as readonly Value[])[step] : undefined;
  }
  return isItem(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}

/** A path as DynamoDB's messages show it. */
export function showPath(path: Path): string {
  return `[${path.map((step) => (typeof step === 'number' ? `[${step}]` : step)).join(', ')}]`;
}

/** Refuses paths of one expression that lie within each other, or that take one value for a map and for a list. */
export function refuseOverlaps(parameter: string, paths: readonly Path[]): void {
  for (const [index, one] of paths.entries()) {
    for (const other of paths.slice(index + 1)) {
      const relation = relationOf(one, other);
      if (relation !== undefined) {
        throw invalidIn(
          parameter,
          `Two document paths ${relation} with each other; must remove or rewrite one of these paths; ` +
            `path one: ${showPath(one)}, path two: ${showPath(other)}`,
        );
      }
    }
  }
}

function relationOf(one: Path, other: Path): 'overlap' | 'conflict' | undefined {
  const shared = Math.min(one.length, other.length);
  for (let index = 0; index < shared; index += 1) {
    if (one[index] !== other[index]) {
      return typeof one[index] === typeof other[index] ? undefined : 'conflict';
    }
  }
  return 'overlap';
}
