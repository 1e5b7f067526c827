import { describe, expect, it } from 'vitest';
import { FUNCTIONS } from '../../../functions/shared/jmespath/expression.ts';
import { parseExpression } from '../../../functions/shared/jmespath/parse.ts';

const messageOf = (text: string): string => {
  const parsed = parseExpression(text);
  return parsed.ok ? 'an expression' : parsed.message;
};

/** What is wrong, and the character at which it is. */
const WRONG: readonly (readonly [string, number, string])[] = [
  ['', 1, 'a value is expected, not the end'],
  ['  ', 3, 'a value is expected, not the end'],
  ['data.', 6, 'a name, *, [ or { is expected, not the end'],
  ['data..size', 6, 'a name, *, [ or { is expected, not .'],
  ['.size', 1, 'a value is expected, not .'],
  ['data.0', 6, 'a name, *, [ or { is expected, not a number'],
  ['data size', 6, 'the end is expected, not a name'],
  ['data-size', 5, '"-" means nothing here'],
  ['$.data', 1, '"$" means nothing here'],
  ['a = b', 3, '"=" means nothing here'],
  ['data["size"]', 6, 'a number, a slice or * is expected, not a quoted name'],
  ["data['size']", 6, 'a number, a slice or * is expected, not a literal'],
  ['legs[0', 7, ': is expected, not the end'],
  ['legs[*', 6, 'a number, a slice or * is expected, not *'],
  ['legs[0:2:0]', 9, 'a slice cannot go in steps of 0'],
  ['legs[0:1:2:3]', 11, '] is expected, not :'],
  ['legs[?side', 11, '] is expected, not the end'],
  ['[side, ', 8, 'a value is expected, not the end'],
  ['{side}', 6, ': is expected, not }'],
  ['{1: side}', 2, 'a name is expected, not a number'],
  ['(side', 6, ') is expected, not the end'],
  ['side ||', 8, 'a value is expected, not the end'],
  ['!', 2, 'a value is expected, not the end'],
  ["a == 'buy", 6, "the quote ' is not closed"],
  ['"a', 1, 'the quote " is not closed'],
  ['`1', 1, 'the quote ` is not closed'],
  ['`buy`', 1, 'what is between the quotes is not JSON'],
  ['`{"__proto__":1}`', 1, 'what is between the quotes is not JSON'],
  ['data.size * `2`', 11, 'the end is expected, not *'],
  ['&price', 1, 'a value is expected, not &'],
  ['to_string()', 1, 'to_string takes 1 values, not 0'],
  ['a || join(b)', 6, 'join takes 2 values, not 1'],
  ['not_null()', 1, 'not_null takes 1 or more values, not 0'],
  ['sort_by(legs, price)', 1, 'sort_by takes its second value as an expression such as &price'],
  ['map(legs, &price)', 1, 'map takes its first value as an expression such as &price'],
  ['to_string(&price)', 1, 'to_string takes no expression such as &price'],
  ['"length"(a)', 9, 'the end is expected, not ('],
];

describe('what is no expression', () => {
  it.each(WRONG)('%j is refused at character %i', (text, at, what) => {
    expect(messageOf(text)).toBe(`must be a JMESPath expression; at character ${at} ${what}`);
  });

  it.each([
    'lower(side)',
    'powertools_json(body)',
    'powertools_base64(body)',
    'powertools_base64_gzip(body)',
    'constructor(a)',
    '__proto__(a)',
    'toString(a)',
    'eval(a)',
  ])('%s calls a function that there is not', (text) => {
    const name = text.slice(0, text.indexOf('('));
    expect(messageOf(text)).toBe(
      `must be a JMESPath expression; at character 1 there is no function ${name}, there are ${Object.keys(FUNCTIONS).join(', ')}`,
    );
  });
});

it('has every function of the specification, and no other', () => {
  expect(Object.keys(FUNCTIONS).join(' ')).toBe(
    'abs avg ceil contains ends_with floor join keys length map max max_by merge min min_by not_null reverse sort ' +
      'sort_by starts_with sum to_array to_number to_string type values',
  );
});

it.each([
  ['brackets', `${'('.repeat(127)}@${')'.repeat(127)}`],
  ['lists', `${'['.repeat(127)}@${']'.repeat(127)}`],
  ['negations', `${'!'.repeat(255)}@`],
  ['calls', `${'to_array('.repeat(25)}@${')'.repeat(25)}`],
])('goes as deep into %s as 256 characters allow', (_, text) => {
  expect(text.length).toBeLessThanOrEqual(256);
  expect(messageOf(text)).toBe('an expression');
});
