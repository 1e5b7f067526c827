import fc from 'fast-check';

/** An expression and what its placeholders stand for. */
export interface Expression {
  readonly text: string;
  readonly names: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, unknown>>;
}

/** What an expression is built from: text, with a value or a name in the place of a placeholder. */
type Part = string | { readonly name: string } | { readonly value: unknown };
type Parts = readonly Part[];

/** How far expressions go. `wild`: where dynoxide is known not to follow DynamoDB, too. */
export interface Reach {
  readonly wild: boolean;
}

const NAMES = ['n', 'n2', 's', 's2', 'b', 'l', 'm', 'ss', 'ns', 'q'] as const;
const FIELDS = ['a', 'b', 'c', 'status'] as const;

const numbers = fc.oneof(fc.integer({ min: -3, max: 6 }), fc.constantFrom(0.1, 0.25, 1_795_298_400_000));
const texts = fc.constantFrom('', 'a', 'ab', 'abc', 'b', 'z\u{10400}', '\uffee');
const scalars = fc.oneof(numbers, texts, fc.boolean(), fc.constant(null));
const sets = fc.oneof(
  fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }).map((each) => new Set(each)),
  fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 }).map((each) => new Set(each)),
);

/** A value of any type, nested at most twice. */
export const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalars },
  { weight: 1, arbitrary: sets },
  { weight: 1, arbitrary: fc.array(scalars, { maxLength: 3 }) },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom(...FIELDS),
      fc.oneof(scalars, fc.dictionary(fc.constantFrom(...FIELDS), scalars, { maxKeys: 2 })),
      { maxKeys: 3 },
    ),
  },
);

/** The attributes of an item, beside its key. */
export const attributes: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    n: numbers,
    n2: fc.oneof(numbers, fc.constant(null)),
    s: texts,
    s2: texts,
    b: fc.boolean(),
    l: fc.array(scalars, { maxLength: 3 }),
    m: fc.dictionary(
      fc.constantFrom(...FIELDS),
      fc.oneof(scalars, fc.dictionary(fc.constantFrom(...FIELDS), scalars, { maxKeys: 2 })),
      { maxKeys: 3 },
    ),
    ss: fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1 }).map((each) => new Set(each)),
    ns: fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1 }).map((each) => new Set(each)),
    q: fc.oneof(values, fc.constant(null)),
  },
  { requiredKeys: [] },
);

/** One step by name: bare, or behind a placeholder; `status` is reserved. */
function stepOf(name: string): fc.Arbitrary<Part> {
  return name === 'status' ? fc.constant({ name }) : fc.constantFrom<Part>(name, { name });
}

const step = (among: readonly string[]) => fc.constantFrom(...among).chain(stepOf);

function paths({ wild }: Reach, isWritten: boolean): fc.Arbitrary<Parts> {
  const name = step(NAMES);
  const field = step(FIELDS);
  const ofMap = fc.constantFrom('m', 'm', 'q').chain(stepOf);
  const shapes: fc.Arbitrary<Parts>[] = [
    name.map((each) => [each]),
    fc.tuple(ofMap, field).map(([map, each]) => [map, '.', each]),
    fc.tuple(ofMap, field, field).map(([map, each, inner]) => [map, '.', each, '.', inner]),
  ];
  if (wild || !isWritten) {
    const index = fc.integer({ min: 0, max: 4 });
    shapes.push(fc.tuple(stepOf('l'), index).map(([list, each]) => [list, `[${each}]`]));
  }
  return fc.oneof(...shapes);
}

const value = (among: fc.Arbitrary<unknown>): fc.Arbitrary<Parts> => among.map((each) => [{ value: each }]);

function operands(reach: Reach): fc.Arbitrary<Parts> {
  return fc.oneof(
    { weight: 4, arbitrary: paths(reach, false) },
    { weight: 5, arbitrary: value(values) },
    { weight: 1, arbitrary: paths(reach, false).map((path) => ['size(', ...path, ')']) },
  );
}

function simpleConditions(reach: Reach): fc.Arbitrary<Parts> {
  const path = paths(reach, false);
  const operand = operands(reach);
  const anything = reach.wild ? values : fc.oneof(numbers, texts);
  const ordered = fc.oneof(path, value(anything));
  return fc.oneof(
    path.map((each): Parts => ['attribute_exists(', ...each, ')']),
    path.map((each): Parts => ['attribute_not_exists(', ...each, ')']),
    fc
      .tuple(operand, fc.constantFrom(' = ', ' <> ', '='), operand)
      .map(([left, operator, right]): Parts => [...left, operator, ...right]),
    fc
      .tuple(path, fc.constantFrom(' < ', ' <= ', ' > ', ' >= ', '<'), ordered)
      .map(([left, operator, right]): Parts => [...left, operator, ...right]),
    fc
      .tuple(path, ordered, ordered)
      .map(([subject, low, high]): Parts => [...subject, ' BETWEEN ', ...low, ' AND ', ...high]),
    fc
      .tuple(path, fc.array(operand, { minLength: 1, maxLength: 3 }))
      .map(([subject, others]): Parts => [...subject, ' IN (', ...joined(others), ')']),
    fc
      .tuple(path, value(reach.wild ? values : texts))
      .map(([subject, start]): Parts => ['begins_with(', ...subject, ', ', ...start, ')']),
    fc
      .tuple(path, value(values))
      .map(([subject, element]): Parts => ['contains(', ...subject, ', ', ...element, ')']),
    fc
      .tuple(path, fc.constantFrom('S', 'N', 'M', 'L', 'SS', 'BOOL', 'NULL'))
      .map(([subject, type]): Parts => ['attribute_type(', ...subject, ', ', { value: type }, ')']),
  );
}

function joined(lists: readonly Parts[], separator = ', '): Parts {
  return lists.flatMap((list, index) => (index === 0 ? list : [separator, ...list]));
}

/** Conditions of every operator and function, nested. */
export function conditions(reach: Reach): fc.Arbitrary<Expression> {
  const { tree } = fc.letrec<{ tree: Parts; simple: Parts }>((tie) => ({
    simple: simpleConditions(reach),
    tree: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      tie('simple'),
      fc
        .tuple(tie('tree'), fc.constantFrom(' AND ', ' OR ', ' and '), tie('tree'))
        .map(([left, operator, right]): Parts => [...left, operator, ...right]),
      tie('tree').map((each): Parts => ['(', ...each, ')']),
      tie('tree').map((each): Parts => ['NOT ', ...each]),
    ),
  }));
  return tree.map(written('c'));
}

function sources(reach: Reach): fc.Arbitrary<Parts> {
  const path = paths(reach, false);
  const number = value(numbers);
  // That it must be there even if it is not needed, dynoxide does not know.
  const otherwise = reach.wild ? fc.oneof(path, value(values)) : value(values);
  const fallback = fc
    .tuple(path, otherwise)
    .map(([each, other]): Parts => ['if_not_exists(', ...each, ', ', ...other, ')']);
  const term = fc.oneof(path, number, fallback);
  return fc.oneof(
    value(values),
    path,
    fallback,
    fc
      .tuple(term, fc.constantFrom(' + ', ' - '), term)
      .map(([left, operator, right]): Parts => [...left, operator, ...right]),
    fc
      .tuple(fc.oneof(path, fallback, value(fc.array(scalars, { maxLength: 2 }))), value(fc.array(scalars)))
      .map(([left, right]): Parts => ['list_append(', ...left, ', ', ...right, ')']),
  );
}

/** Updates of every section. */
export function updates(reach: Reach): fc.Arbitrary<Expression> {
  const path = paths(reach, true);
  // Removing below what is not there is refused by DynamoDB, and not by dynoxide.
  const removed = reach.wild ? path : step(NAMES).map((each): Parts => [each]);
  const section = (keyword: string, action: fc.Arbitrary<Parts>) =>
    fc
      .array(action, { minLength: 1, maxLength: 3 })
      .map((actions): Parts => [`${keyword} `, ...joined(actions)]);
  const sections = fc.tuple(
    fc.option(
      section(
        'SET',
        fc.tuple(path, sources(reach)).map(([target, source]): Parts => [...target, ' = ', ...source]),
      ),
      { freq: 4 },
    ),
    fc.option(section('REMOVE', removed), { freq: 1 }),
    fc.option(
      section(
        'ADD',
        fc
          .tuple(path, value(fc.oneof(numbers, sets)))
          .map(([target, amount]): Parts => [...target, ' ', ...amount]),
      ),
      { freq: 2 },
    ),
    fc.option(
      section(
        'DELETE',
        fc.tuple(removed, value(sets)).map(([target, taken]): Parts => [...target, ' ', ...taken]),
      ),
      { freq: 1 },
    ),
  );
  return sections
    .map((each) => each.filter((part) => part !== null))
    .filter((each) => each.length > 0)
    .map((each) => written('u')(joined(each, ' ')));
}

/** Puts placeholders into the places of names and values. @param prefix keeps those of two expressions apart */
function written(prefix: string): (parts: Parts) => Expression {
  return (parts) => {
    const names: Record<string, string> = {};
    const valuesByPlaceholder: Record<string, unknown> = {};
    const text = parts
      .map((part, index) => {
        if (typeof part === 'string') {
          return part;
        }
        if ('name' in part) {
          names[`#${prefix}${index}`] = part.name;
          return `#${prefix}${index}`;
        }
        valuesByPlaceholder[`:${prefix}${index}`] = part.value;
        return `:${prefix}${index}`;
      })
      .join('');
    return { text, names, values: valuesByPlaceholder };
  };
}
