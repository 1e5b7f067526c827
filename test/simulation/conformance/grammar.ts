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
const textSets = fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 });
const numberSets = fc.uniqueArray(fc.integer({ min: 0, max: 3 }), { minLength: 1, maxLength: 3 });
const lists = fc.array(scalars, { maxLength: 3 });

/** A value of any type, nested at most twice. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  { weight: 5, arbitrary: scalars },
  { weight: 1, arbitrary: fc.oneof(textSets, numberSets).map((each) => new Set<unknown>(each)) },
  { weight: 1, arbitrary: lists },
  {
    weight: 2,
    arbitrary: fc.dictionary(
      fc.constantFrom(...FIELDS),
      fc.oneof(scalars, fc.dictionary(fc.constantFrom(...FIELDS), scalars, { maxKeys: 2 })),
      { maxKeys: 3 },
    ),
  },
);

/** The attributes of an item, beside its key: mostly of the types that their names suggest. */
export const attributes: fc.Arbitrary<Record<string, unknown>> = fc.record(
  {
    n: numbers,
    n2: fc.oneof(numbers, fc.constant(null)),
    s: texts,
    s2: texts,
    b: fc.boolean(),
    l: fc.array(fc.oneof(numbers, scalars), { minLength: 1, maxLength: 3 }),
    m: fc.record({ a: numbers, b: texts, c: fc.record({ a: numbers }) }, { requiredKeys: ['a', 'c'] }),
    ss: textSets.map((each) => new Set(each)),
    ns: numberSets.map((each) => new Set(each)),
    q: fc.oneof(values, fc.constant(null)),
  },
  { requiredKeys: ['n', 's', 'l', 'm', 'ss', 'ns'] },
);

/** One step by name: bare, or behind a placeholder; `status` is reserved. */
function stepOf(name: string): fc.Arbitrary<Part> {
  return name === 'status' ? fc.constant({ name }) : fc.constantFrom<Part>(name, { name });
}

const step = (among: readonly string[]) => fc.constantFrom(...among).chain(stepOf);

function anyPath({ wild }: Reach, isWritten: boolean): fc.Arbitrary<Parts> {
  const field = step(FIELDS);
  const ofMap = fc.constantFrom('m', 'm', 'q').chain(stepOf);
  const shapes: fc.Arbitrary<Parts>[] = [
    step(NAMES).map((each) => [each]),
    fc.tuple(ofMap, field).map(([map, each]) => [map, '.', each]),
    fc.tuple(ofMap, field, field).map(([map, each, inner]) => [map, '.', each, '.', inner]),
  ];
  if (wild || !isWritten) {
    const index = fc.integer({ min: 0, max: 4 });
    shapes.push(fc.tuple(stepOf('l'), index).map(([list, each]) => [list, `[${each}]`]));
  }
  return fc.oneof(...shapes);
}

/** Mostly one of the paths, where values of the type in question are; now and then any path. */
function usual(reach: Reach, isWritten: boolean, ...among: readonly string[]): fc.Arbitrary<Parts> {
  const known = fc
    .constantFrom(...among)
    .chain(
      (path): fc.Arbitrary<Parts> =>
        fc
          .tuple(...path.split('.').map(stepOf))
          .map((steps) => steps.flatMap((each, index) => (index === 0 ? [each] : ['.', each]))),
    );
  return fc.oneof({ weight: 9, arbitrary: known }, { weight: 1, arbitrary: anyPath(reach, isWritten) });
}

const numberAt = (reach: Reach) => usual(reach, false, 'n', 'n', 'm.a', 'm.c.a', 'n2');
const textAt = (reach: Reach) => usual(reach, false, 's', 's', 'm.b', 's2');

const value = (among: fc.Arbitrary<unknown>): fc.Arbitrary<Parts> => among.map((each) => [{ value: each }]);

function operands(reach: Reach): fc.Arbitrary<Parts> {
  const path = anyPath(reach, false);
  return fc.oneof(
    { weight: 4, arbitrary: path },
    { weight: 5, arbitrary: value(values) },
    { weight: 1, arbitrary: path.map((each) => ['size(', ...each, ')']) },
  );
}

/** A subject and something of its type to compare it with, mostly. */
function comparables(reach: Reach): fc.Arbitrary<readonly [Parts, Parts, Parts]> {
  const strange = value(reach.wild ? values : fc.oneof(numbers, texts));
  const of = (path: fc.Arbitrary<Parts>, literals: fc.Arbitrary<unknown>) => {
    const other = fc.oneof(
      { weight: 8, arbitrary: value(literals) },
      { weight: 2, arbitrary: path },
      { weight: 1, arbitrary: strange },
    );
    return fc.tuple(path, other, other);
  };
  return fc.oneof(
    of(numberAt(reach), numbers),
    of(textAt(reach), texts),
    of(
      anyPath(reach, false).map((path) => ['size(', ...path, ')']),
      fc.integer({ min: 0, max: 4 }),
    ),
  );
}

function simpleConditions(reach: Reach): fc.Arbitrary<Parts> {
  const path = anyPath(reach, false);
  const operand = operands(reach);
  return fc.oneof(
    path.map((each): Parts => ['attribute_exists(', ...each, ')']),
    path.map((each): Parts => ['attribute_not_exists(', ...each, ')']),
    fc
      .tuple(path, fc.constantFrom(' = ', ' <> '), operand)
      .map(([left, operator, right]): Parts => [...left, operator, ...right]),
    fc
      .tuple(comparables(reach), fc.constantFrom(' = ', ' <> ', ' < ', ' <= ', ' > ', ' >= ', '<'))
      .map(([[left, right], operator]): Parts => [...left, operator, ...right]),
    comparables(reach).map(
      ([subject, low, high]): Parts => [...subject, ' BETWEEN ', ...low, ' AND ', ...high],
    ),
    fc
      .tuple(comparables(reach), fc.array(operand, { maxLength: 2 }))
      .map(
        ([[subject, ...known], others]): Parts => [
          ...subject,
          ' IN (',
          ...joined([...known, ...others]),
          ')',
        ],
      ),
    fc
      .tuple(textAt(reach), value(texts))
      .map(([subject, start]): Parts => ['begins_with(', ...subject, ', ', ...start, ')']),
    fc
      .tuple(usual(reach, false, 's', 'l', 'ss', 'ns', 'q'), value(values))
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
      fc
        .tuple(tie('tree'), fc.constantFrom(' AND ', ' OR '), tie('tree'))
        .map(([left, operator, right]): Parts => ['(', ...left, operator, ...right, ')']),
      tie('tree').map((each): Parts => ['NOT ', ...each]),
    ),
  }));
  return tree.map(written('c'));
}

function fallbacks(reach: Reach, path: fc.Arbitrary<Parts>, literals: fc.Arbitrary<unknown>) {
  // That the fallback must be there even if it is not needed, dynoxide does not know.
  const otherwise = reach.wild
    ? fc.oneof({ weight: 5, arbitrary: value(literals) }, { weight: 1, arbitrary: path })
    : value(literals);
  return fc
    .tuple(path, otherwise)
    .map(([each, other]): Parts => ['if_not_exists(', ...each, ', ', ...other, ')']);
}

/** What a path is set to. */
function sources(reach: Reach): fc.Arbitrary<Parts> {
  const number = numberAt(reach);
  const list = usual(reach, false, 'l');
  const term = fc.oneof(number, value(numbers), fallbacks(reach, number, numbers));
  const head = fc.oneof(list, value(lists), fallbacks(reach, list, lists));
  return fc.oneof(
    value(values),
    usual(reach, false, 'n', 's', 'l', 'm', 'ss', 'm.a'),
    fallbacks(reach, anyPath(reach, false), values),
    fc
      .tuple(term, fc.constantFrom(' + ', ' - '), term)
      .map(([left, operator, right]): Parts => [...left, operator, ...right]),
    fc
      .tuple(head, fc.oneof(value(lists), list))
      .map(([left, right]): Parts => ['list_append(', ...left, ', ', ...right, ')']),
  );
}

/** The attribute that an action writes. */
function targetOf([part]: Parts): string {
  return typeof part === 'object' && 'name' in part ? part.name : String(part);
}

/** Updates of every section. Mostly the sections keep out of each other's way. */
export function updates(reach: Reach): fc.Arbitrary<Expression> {
  const section = (keyword: string, action: fc.Arbitrary<Parts>) =>
    fc
      .uniqueArray(action, { minLength: 1, maxLength: 3, selector: targetOf })
      .map((actions): Parts => [`${keyword} `, ...joined(actions)]);
  const set = fc
    .tuple(usual(reach, true, 'n', 's', 'm.a', 'm.d', 'm.c.b', 'q', 'l'), sources(reach))
    .map(([target, source]): Parts => [...target, ' = ', ...source]);
  // Removing below what is not there is refused by DynamoDB, and not by dynoxide.
  const remove = reach.wild
    ? usual(reach, true, 's2', 'b', 'n4', 'm.b')
    : step(['s2', 'b', 'n4']).map((each): Parts => [each]);
  const add = fc.oneof(
    fc
      .tuple(usual(reach, true, 'n2', 'n2', 'n3', 'm.c.a'), value(numbers))
      .map(([target, amount]): Parts => [...target, ' ', ...amount]),
    fc
      .tuple(
        fc.constantFrom('ss', 's3'),
        value(fc.oneof(textSets, numberSets).map((each) => new Set<unknown>(each))),
      )
      .map(([target, amount]): Parts => [target, ' ', ...amount]),
  );
  const take = value(numberSets.map((each) => new Set(each))).map((taken): Parts => ['ns', ' ', ...taken]);
  return fc
    .tuple(
      fc.option(section('SET', set), { freq: 4 }),
      fc.option(section('REMOVE', remove), { freq: 2 }),
      fc.option(section('ADD', add), { freq: 2 }),
      fc.option(section('DELETE', take), { freq: 2 }),
    )
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
