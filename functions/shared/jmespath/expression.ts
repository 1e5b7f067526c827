/** How two values are compared. */
export const COMPARATORS = ['==', '!=', '<', '<=', '>', '>='] as const;
export type Comparator = (typeof COMPARATORS)[number];

/** What a projection takes apart: a list, an object's values, or a list whose lists are merged into it. */
export type Projected = 'list' | 'values' | 'flattened';

/** A JMESPath expression as a tree (https://jmespath.org/specification.html). */
export type Expression =
  | { readonly kind: 'current' }
  | { readonly kind: 'literal'; readonly value: unknown }
  | { readonly kind: 'field'; readonly name: string }
  | { readonly kind: 'index'; readonly index: number }
  | { readonly kind: 'slice'; readonly start?: number; readonly stop?: number; readonly step: number }
  | { readonly kind: 'chain'; readonly first: Expression; readonly next: Expression }
  | {
      readonly kind: 'project';
      readonly what: Projected;
      readonly source: Expression;
      /** Which items; absent: all of them. */
      readonly condition?: Expression;
      readonly each: Expression;
    }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
  | {
      readonly kind: 'compare';
      readonly comparator: Comparator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'list'; readonly items: readonly Expression[] }
  | { readonly kind: 'object'; readonly entries: readonly (readonly [string, Expression])[] }
  | { readonly kind: 'call'; readonly name: FunctionName; readonly given: readonly Expression[] }
  | { readonly kind: 'reference'; readonly expression: Expression };

/** What a function takes. */
interface Signature {
  readonly least: number;
  readonly most: number;
  /** Which of its arguments is an expression (`&price`); the others are values. */
  readonly reference?: number;
}

const ONE: Signature = { least: 1, most: 1 };
const TWO: Signature = { least: 2, most: 2 };
const ANY: Signature = { least: 1, most: Number.POSITIVE_INFINITY };
const BY: Signature = { ...TWO, reference: 1 };

/** The functions of the specification. */
export const FUNCTIONS = {
  abs: ONE,
  avg: ONE,
  ceil: ONE,
  contains: TWO,
  ends_with: TWO,
  floor: ONE,
  join: TWO,
  keys: ONE,
  length: ONE,
  map: { ...TWO, reference: 0 },
  max: ONE,
  max_by: BY,
  merge: ANY,
  min: ONE,
  min_by: BY,
  not_null: ANY,
  reverse: ONE,
  sort: ONE,
  sort_by: BY,
  starts_with: TWO,
  sum: ONE,
  to_array: ONE,
  to_number: ONE,
  to_string: ONE,
  type: ONE,
  values: ONE,
} as const satisfies Readonly<Record<string, Signature>>;

export type FunctionName = keyof typeof FUNCTIONS;

export const CURRENT: Expression = { kind: 'current' };

/** The signature of a function by its name; `undefined` when there is none of that name. */
export function signatureOf(
  name: string,
): { readonly name: FunctionName; readonly signature: Signature } | undefined {
  return isFunctionName(name) ? { name, signature: FUNCTIONS[name] } : undefined;
}

function isFunctionName(name: string): name is FunctionName {
  return Object.hasOwn(FUNCTIONS, name);
}
