import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson, JsonNumber, parseJson } from '../../functions/shared/json.ts';

const exact = (text: string) => parseJson(text, { exactNumbers: true });
const plain = (text: string) => parseJson(text, { exactNumbers: false });
const nested = (depth: number, open = '[', close = ']') => open.repeat(depth) + close.repeat(depth);

describe('nesting', () => {
  it.each([
    ['16 arrays', nested(16)],
    ['16 objects', `${'{"a":'.repeat(15)}{}${'}'.repeat(15)}`],
    ['many beside each other', `[${Array(1_000).fill('[]').join(',')}]`],
    ['brackets in text', JSON.stringify({ text: '['.repeat(100) })],
    ['brackets behind an escaped quote', JSON.stringify({ text: `\\"${'{'.repeat(100)}` })],
    ['brackets in a key', JSON.stringify({ ['['.repeat(100)]: 1 })],
    ['a backslash at the end of a text', JSON.stringify({ path: 'C:\\', more: ['\\\\', '"'] })],
  ])('of %s is accepted', (_, text) => {
    expect(plain(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each([
    ['17 arrays', nested(17)],
    ['17 objects', `${'{"a":'.repeat(16)}{}${'}'.repeat(16)}`],
    ['30,000 arrays', nested(30_000)],
    ['60,000 arrays that are never closed', '['.repeat(60_000)],
    ['depth behind a text that ends in a backslash', `["\\\\",${nested(17)}]`],
    ['depth behind an escaped quote', `["\\"",${nested(17)}]`],
  ])('of %s is refused', (_, text) => {
    expect(plain(text)).toEqual({ ok: false, message: 'The JSON is nested deeper than 16 levels.' });
  });

  it('is exactly what the brackets outside of texts say', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 20, noUnicodeString: false }), (value) => {
        const depth = (part: unknown): number =>
          typeof part === 'object' && part !== null ? 1 + Math.max(0, ...Object.values(part).map(depth)) : 0;
        const result = plain(JSON.stringify(value));
        fc.pre(result.ok || !result.message.includes('key'));
        expect(result.ok).toBe(depth(value) <= 16);
      }),
    );
  });

  // A body of 64 KB must not take longer than its bytes do: an expression that backtracks takes seconds.
  it.each([
    ['escaped quotes without a beginning', '\\"'.repeat(32_768)],
    ['quotes', '"'.repeat(65_535)],
    ['backslashes', `"${'\\'.repeat(65_534)}`],
    ['opening brackets in an open text', `"${'['.repeat(65_000)}`],
    ['white space', ' '.repeat(65_536)],
    ['colons', ': '.repeat(32_768)],
    ['white space behind a colon', `{"a":${' '.repeat(65_000)}NaN}`],
  ])('takes no time over 64 KB of %s', (_, text) => {
    const startedAt = performance.now();
    expect(exact(text).ok).toBe(false);
    expect(performance.now() - startedAt).toBeLessThan(250);
  });
});

describe('keys that are no data', () => {
  it.each([
    ['__proto__', '{"__proto__":{"admin":true}}'],
    ['__proto__', '{"a":[{"b":{"__proto__":1}}]}'],
    ['__proto__', '{"\\u005f_proto__":1}'],
    ['__proto__', '{"__proto__":null,"symbol":"A"}'],
    ['constructor', '{"constructor":{"prototype":{"x":1}}}'],
    ['prototype', '{"a":{"prototype":0}}'],
  ])('such as %s are refused: %s', (key, text) => {
    for (const parse of [exact, plain]) {
      expect(parse(text)).toEqual({ ok: false, message: `The key "${key}" is not allowed.` });
    }
    expect({}).not.toHaveProperty('admin');
    expect({}).not.toHaveProperty('x');
  });

  it.each(['{"proto":1}', '{"a":"__proto__"}', '{"Constructor":1}', '["constructor"]'])(
    'are not what only looks like them: %s',
    (text) => {
      expect(plain(text).ok).toBe(true);
    },
  );
});

describe('numbers', () => {
  it.each([
    '0.10',
    '1e3',
    '1E+3',
    '-0',
    '-0.0',
    '1e309',
    '0.1234567890123456789012345678901234567890',
    '100',
  ])('are kept as they were written: %s', (text) => {
    const result = exact(`{"n":[${text}]}`);
    const [number] = (result as { value: { n: unknown[] } }).value.n;
    expect(number).toBeInstanceOf(JsonNumber);
    expect((number as JsonNumber).source).toBe(text);
  });

  it('are JavaScript numbers where money is not concerned', () => {
    expect(plain('[1,0.5,-2e3]')).toEqual({ ok: true, value: [1, 0.5, -2_000] });
  });

  it('cannot be forged by an object', () => {
    const result = exact('{"n":{"source":"5"}}') as { value: { n: unknown } };
    expect(result.value.n).not.toBeInstanceOf(JsonNumber);
  });
});

describe('text that is no JSON', () => {
  it.each([
    '',
    ' ',
    '{',
    '}',
    '{"a":1',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    '{"a":01}',
    '{"a":+1}',
    '{"a":.5}',
    '{"a":1}{"b":2}',
    '{"a":"\n"}',
    '{"a":"\\x"}',
    '{"a":tru}',
    '// {}',
    'undefined',
    'buy MNQ',
  ])('is refused without a word about the parser: %j', (text) => {
    expect(exact(text)).toEqual({ ok: false, message: 'The body is not valid JSON.' });
  });

  it.each([
    ['NaN', '{"price":NaN}'],
    ['Infinity', '{"price": Infinity}'],
    ['-Infinity', '{"price":\n-Infinity}'],
    ['undefined', '{"price":undefined}'],
  ])('is explained when it is a placeholder without a value: %s', (literal, text) => {
    expect(exact(text)).toEqual({
      ok: false,
      message: `The body is not valid JSON: ${literal} is not a JSON value; put the placeholder in quotes or leave it out.`,
    });
  });
});

describe('the canonical form', () => {
  const json = fc.jsonValue({ maxDepth: 4, noUnicodeString: false });

  /** Writes a value with its keys in another order and white space in all places where JSON has room for it. */
  const rewrite = (value: unknown, gap: string): string => {
    if (Array.isArray(value)) {
      return `${gap}[${value.map((part) => rewrite(part, gap)).join(`${gap},`)}${gap}]`;
    }
    if (typeof value === 'object' && value !== null) {
      const entries = Object.entries(value).toReversed();
      const members = entries.map(
        ([key, part]) => `${gap}${JSON.stringify(key)}${gap}:${rewrite(part, gap)}`,
      );
      return `${gap}{${members.join(',')}${gap}}${gap}`;
    }
    return `${gap}${JSON.stringify(value)}${gap}`;
  };

  const canonical = (text: string): string | undefined => {
    const result = exact(text);
    return result.ok ? canonicalJson(result.value) : undefined;
  };

  it('does not depend on the order of keys or on white space', () => {
    fc.assert(
      fc.property(json, fc.constantFrom('', ' ', '\n', '\t  \r\n'), (value, gap) => {
        expect(canonical(rewrite(value, gap))).toBe(canonical(JSON.stringify(value)));
      }),
    );
  });

  it('says the same as the original', () => {
    fc.assert(
      fc.property(json, (value) => {
        const text = canonical(JSON.stringify(value));
        fc.pre(text !== undefined);
        expect(JSON.parse(text ?? '')).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it.each([
    ['{"b":1,"a":2}', '{"a":2,"b":1}'],
    ['{"b":[{"d":null,"c":true}],"a":"x\\u0041"}', '{"a":"xA","b":[{"c":true,"d":null}]}'],
    ['[1.0,1,1e0]', '[1.0,1,1e0]'],
    ['{"2":1,"10":2}', '{"10":2,"2":1}'],
    ['"\\ud800"', '"\\ud800"'],
  ])('of %s is %s', (text, expected) => {
    expect(canonical(text)).toBe(expected);
  });
});
