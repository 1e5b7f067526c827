import { search } from '@aws-lambda-powertools/jmespath';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Budget } from '../../../functions/shared/jmespath/budget.ts';
import { evaluate } from '../../../functions/shared/jmespath/evaluate.ts';
import { parseExpression } from '../../../functions/shared/jmespath/parse.ts';
import { canonicalJson, parseJson } from '../../../functions/shared/json.ts';
import { ALERT, SELECTIONS, WHERE_POWERTOOLS_DIFFERS } from './selections.ts';

const PLENTY = 1_000_000;

/** What is said instead of finding something. */
const WHY_NOT =
  /^(?:must be a JMESPath expression; at character \d+ .|it is too much work|it counts with|not JSON$|\w+ takes )/;

/** What an expression finds in JSON text, as JSON text with its numbers as they are; or why it finds nothing. */
function foundIn(json: string, text: string, steps = PLENTY): string {
  const parsed = parseExpression(text);
  const value = parseJson(json, { exactNumbers: true });
  if (!parsed.ok || !value.ok) {
    return parsed.ok ? 'not JSON' : parsed.message;
  }
  const found = evaluate(parsed.expression, value.value, new Budget(steps));
  return found.ok ? canonicalJson(found.value) : found.message;
}

it.each([...SELECTIONS, ...WHERE_POWERTOOLS_DIFFERS])('$expression finds $finds', ({ expression, finds }) => {
  expect(JSON.parse(foundIn(JSON.stringify(ALERT), expression))).toEqual(finds);
});

it.each(SELECTIONS)('$expression finds with Powertools $finds', ({ expression, finds }) => {
  expect(search(expression, ALERT)).toEqual(finds);
});

describe('numbers', () => {
  it.each([
    ['data.price', '21534.250000000001'],
    ['to_string(data.price)', '"21534.250000000001"'],
    ['[data.price] | [0]', '21534.250000000001'],
    ['{percent: data.price}', '{"percent":21534.250000000001}'],
    ['max([data.price, `21534.25`])', '21534.250000000001'],
    ['data.price > `21534.25`', 'true'],
    ['data.price == `21534.25`', 'false'],
    ['data.price == `21534.2500000000010`', 'true'],
    ['data.written', '1.10e1'],
    ['data.written == `11`', 'true'],
    ['to_string(data.written)', '"1.10e1"'],
    ['sum([data.tenth, `0.2`])', '0.3'],
    ['abs(data.short)', '9007199254740993'],
    ['floor(`-1.5`)', '-2'],
    ['ceil(`-1.5`)', '-1'],
    ['floor(`2`)', '2'],
    ['ceil(`2.000000000000000001`)', '3'],
    ["to_number('0.10')", '0.1'],
    ["to_number(' 5 ')", '5'],
    ['avg([`1`, `2`, `2`])', '1.666666666666666667'],
    ['avg(`[]`)', 'null'],
    ['sort([`10`, `9.0`, `-1`])', '[-1,9.0,10]'],
    ["contains([`1.0`, 'a'], `1`)", 'true'],
  ])('are exact in %s', (expression, finds) => {
    const json =
      '{"data":{"price":21534.250000000001,"written":1.10e1,"tenth":0.1,"short":-9007199254740993}}';
    expect(foundIn(json, expression)).toBe(finds);
  });
});

it.each([
  ['to_number(@)', '"NaN"', 'to_number takes a number, or text that is one'],
  ['to_number(@)', '"1,5"', 'to_number takes a number, or text that is one'],
  ['abs(@)', '"-1"', 'abs takes a number'],
  ['sum(@)', '[1,"2"]', 'sum takes a list of numbers'],
  ["join('', @)", '["a",1]', 'join takes a list of texts'],
  ["join(@, ['a'])", '1', 'join takes text'],
  ["starts_with(@, 'a')", 'null', 'starts_with takes text'],
  ['length(@)', '1', 'length takes text, a list or an object'],
  ["contains(@, 'a')", '{}', 'contains takes text or a list'],
  ['sort(@)', '[1,"a"]', 'sort takes numbers only, or texts only'],
  ['max_by(@, &a)', '[{"a":1},{"b":1}]', 'max_by takes numbers only, or texts only'],
  ['keys(@)', '[]', 'keys takes an object'],
  ['merge(@, @)', '1', 'merge takes an object'],
  ['map(&a, @)', '{}', 'map takes a list'],
  ['reverse(@)', '1', 'reverse takes text or a list'],
  ['@ > `1`', '1e1000', 'it counts with a number of more than 60 digits'],
  // Ten thousand of them would take seconds to write out.
  ['map(&to_number(@), @)', '["1e999","x"]', 'it counts with a number of more than 60 digits'],
  ['sum(@)', '[1e60]', 'it counts with a number of more than 60 digits'],
])('%s refuses %s', (expression, json, message) => {
  expect(foundIn(json, expression)).toBe(message);
});

describe('what JavaScript gives to every object', () => {
  it.each([
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'a.constructor.name',
    'a.length',
    'b.length',
  ])('%s is not there', (expression) => {
    expect(foundIn('{"a":[1],"b":"text"}', expression)).toBe('null');
  });

  it('is not reached by names that an expression makes', () => {
    const made = foundIn(
      '{"a":{"enabled":true}}',
      '{"__proto__": a, b: a} | {own: keys(@), inherited: enabled}',
    );
    expect(made).toBe('{"inherited":null,"own":["__proto__","b"]}');
    expect(foundIn('{"a":1}', 'merge({"__proto__": {enabled: a}}, {b: a}).enabled')).toBe('null');
  });
});

describe('work', () => {
  const numbers = JSON.stringify(Array.from({ length: 12_000 }, (_, index) => index));
  const texts = JSON.stringify(Array.from({ length: 6_000 }, (_, index) => `"\\${index}`));
  const fields = JSON.stringify(
    Object.fromEntries(Array.from({ length: 6_000 }, (_, index) => [`f${index}`, 1])),
  );
  const alike = JSON.stringify(['a'.repeat(32_000), `${'a'.repeat(31_999)}b`]);
  // Made for a search to begin anew at each character: 60 ms by itself.
  const haystack = JSON.stringify([`${'a'.repeat(32_000)}b`, `${'a'.repeat(100)}b${'a'.repeat(16_000)}`]);
  const DOUBLED = `[@]${'|[@,@][]'.repeat(13)}|`;
  const TOO_MUCH = 'it is too much work for a payload of this size';

  it.each([
    ['doubles a list again and again', `@${'|[@,@][]'.repeat(31)}`, numbers],
    ['asks much of each item', `[?${Array(80).fill('a').join('||')}]`, numbers],
    ['escapes again and again', `to_string([${'to_string(['.repeat(8)}@${'])'.repeat(8)}])`, texts],
    ['joins a long text with itself', "join(join('', @), @)", texts],
    ['compares again and again', `@==@${'&&@==@'.repeat(40)}`, numbers],
    ['sorts', 'sort(@)', numbers],
    ['searches in each text', `@${"|[?!contains(@,'aa')]".repeat(4)}`, texts],
    ['steps through slices', `@${'|[::1]'.repeat(40)}`, numbers],
    ['asks what is in an object of many references', `${DOUBLED}[].keys(@)`, fields],
    ['filters an object of many references', `${DOUBLED}[?@]`, fields],
    ['compares an object of many references', `${DOUBLED}[?@==\`{}\`]`, fields],
    ['sorts long texts of many references', `${DOUBLED}[]|sort(@)`, alike],
    ['compares long texts of many references', `${DOUBLED}[?[0]==[1]]`, alike],
    ['searches long texts of many references', `${DOUBLED}[?contains([0], [1])]`, haystack],
    ['searches a long text in a long one', 'contains([0], [1])', haystack],
    ['flattens', `@${'[]'.repeat(100)}`, numbers],
  ])('that %s ends', (_, expression, json) => {
    expect(expression.length).toBeLessThanOrEqual(256);
    expect(Buffer.byteLength(json)).toBeLessThanOrEqual(65_536);
    const startedAt = performance.now();
    expect(foundIn(json, expression, 100_000)).toBe(TOO_MUCH);
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });

  it('is counted, and the same wherever it is done', () => {
    expect(foundIn('[1,2,3]', '[*]', 8)).toBe('[1,2,3]');
    expect(foundIn('[1,2,3]', '[*]', 4)).toBe(TOO_MUCH);
  });
});

it('any sequence of words is no expression, or one that finds JSON or says why not', () => {
  const words = [
    ...[
      'a',
      'legs',
      'size',
      '"b"',
      "'x'",
      '`1`',
      '`[]`',
      '`{"a":null}`',
      '1',
      '-1',
      '@',
      '*',
      '.',
      '[',
      ']',
      '[?',
      '[]',
    ],
    ...[
      '{',
      '}',
      '(',
      ')',
      ',',
      ':',
      '&',
      '|',
      '||',
      '&&',
      '!',
      '==',
      '<',
      '[*]',
      '[0]',
      '[::2]',
      '[?a]',
      '.*',
      '.a',
    ],
    ...[
      '{a:@}',
      '[@,a]',
      'keys(',
      'join(',
      'sort_by(',
      'to_string(',
      'max(',
      'merge(',
      'length(@)',
      '&a)',
      '@)',
      '"',
    ],
  ];
  const value = fc.jsonValue({ maxDepth: 4 });
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 12 }), value, (expression, json) => {
      const found = foundIn(JSON.stringify(json), expression.join(''), 1_000);
      if (!WHY_NOT.test(found)) {
        expect(() => JSON.parse(found)).not.toThrow();
      }
    }),
    { numRuns: 500 },
  );
});
