import {
  type BadInputCase,
  BODY_BYTES_MAX,
  bodyCase,
  byGateway,
  invalid,
  malformed,
  tooLarge,
  VALID_SIGNAL,
} from './bad-input-case.ts';

const MEGABYTE = 1_048_576;
const padded = (text: string, bytes: number): string => text + ' '.repeat(bytes - text.length);
const nested = (depth: number, open = '[', close = ']'): string => open.repeat(depth) + close.repeat(depth);
const bytes = (...parts: readonly (string | number)[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

const SIZES: readonly BadInputCase[] = [
  // 64 KB exactly is read, and refused for what it says.
  bodyCase('64 KB exactly', padded('{"symbol":"A","action":"hold"}', BODY_BYTES_MAX), invalid('action')),
  bodyCase('64 KB and one byte', padded(VALID_SIGNAL, BODY_BYTES_MAX + 1), tooLarge),
  bodyCase('64 KB of characters of three bytes', `{"symbol":"${'€'.repeat(30_000)}"}`, tooLarge),
  bodyCase('1 MB', padded(VALID_SIGNAL, MEGABYTE), tooLarge),
  bodyCase('500 KB of zeros', new Uint8Array(500_000), tooLarge),
  // Each zero is six bytes of the event.
  bodyCase('1 MB of zeros', new Uint8Array(MEGABYTE), byGateway(413)),
  bodyCase('5 MB', padded(VALID_SIGNAL, 5 * MEGABYTE), tooLarge),
  // Lambda takes events of 6 MB, API Gateway bodies of 10 MB.
  bodyCase('7 MB', padded(VALID_SIGNAL, 7 * MEGABYTE), byGateway(413)),
  bodyCase('11 MB', padded(VALID_SIGNAL, 11 * MEGABYTE), byGateway(413)),
  {
    name: '11 MB in chunks',
    request: { body: padded(VALID_SIGNAL, 11 * MEGABYTE), headers: { 'transfer-encoding': 'chunked' } },
    expected: byGateway(413),
  },
  {
    name: '1 MB in chunks',
    request: { body: padded(VALID_SIGNAL, MEGABYTE), headers: { 'transfer-encoding': 'chunked' } },
    expected: tooLarge,
  },
  {
    name: '1 MB to a webhook that does not exist',
    request: { path: '/webhooks/unknown', body: padded(VALID_SIGNAL, MEGABYTE) },
    expected: tooLarge,
  },
];

const EMPTY: readonly BadInputCase[] = [
  ['nothing', ''],
  ['a space', ' '],
  ['white space', ' \r\n\t '],
  ['a byte order mark', '\ufeff'],
  ['no-break spaces', '\u00a0\u00a0'],
].map(([name = '', body = '']) => bodyCase(`a body of ${name}`, body, malformed));

const CONTENT_TYPES: readonly BadInputCase[] = [
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/html',
  'text/xml',
  'application/xml',
  'application/octet-stream',
  'application/json, application/json',
  'application/jsonp',
  'application/problem+json',
  'application/json; charset=utf-16',
  'application/json; charset=iso-8859-1',
  'text/plain; charset=windows-1252',
  'application/json; charset=',
  'nonsense',
  '*/*',
  ';;;',
].map((contentType) => ({
  name: `content type ${contentType}`,
  request: { headers: { 'content-type': contentType } },
  expected: malformed,
}));

const CONTENT_ENCODINGS: readonly BadInputCase[] = [
  'gzip',
  'br',
  'deflate',
  'compress',
  'gzip, gzip',
  'x',
].map((encoding) => ({
  name: `content encoding ${encoding}`,
  request: { headers: { 'content-encoding': encoding } },
  expected: malformed,
}));

/** API Gateway hands text on as text, so that bytes that are no UTF-8 arrive as U+FFFD; never as a valid symbol. */
const CHARACTERS: readonly BadInputCase[] = [
  bodyCase(
    'a byte that is no UTF-8, in a symbol',
    bytes('{"action":"buy","symbol":"A', 0xff, '"}'),
    invalid('symbol'),
  ),
  bodyCase('a byte that is no UTF-8, outside of text', bytes('{', 0x80, '}'), malformed),
  bodyCase('an overlong encoding', bytes('{"action":"buy","symbol":"', 0xc1, 0x81, '"}'), invalid('symbol')),
  bodyCase('UTF-16', Buffer.from(VALID_SIGNAL, 'utf16le'), malformed),
  bodyCase('UTF-16 with a byte order mark', bytes(0xff, 0xfe, '{}'), malformed),
  bodyCase('a zero byte in front', bytes(0, VALID_SIGNAL), malformed),
  bodyCase('a zero byte behind', bytes(VALID_SIGNAL, 0), malformed),
  bodyCase('a raw newline in text', '{"symbol":"A\n","action":"buy"}', malformed),
  bodyCase('a raw zero byte in text', '{"symbol":"A\u0000","action":"buy"}', malformed),
  bodyCase('a lone surrogate in a symbol', '{"symbol":"A\\ud800","action":"buy"}', invalid('symbol')),
  bodyCase(
    'a lone surrogate as the name of a field',
    '{"symbol":"A","action":"buy","\\ud800":1}',
    invalid('?'),
  ),
  bodyCase(
    'a control character as the name of a field',
    '{"symbol":"A","action":"buy","\\u0000":1}',
    invalid('?'),
  ),
  bodyCase(
    'bidirectional text as the name of a field',
    '{"symbol":"A","action":"buy","\u202ex":1}',
    invalid('?x'),
  ),
];

const BROKEN_JSON: readonly BadInputCase[] = [
  '{',
  '}',
  '{}}',
  '{"symbol":"A","action":"buy"',
  '{"symbol":"A","action":"buy"]',
  '{"symbol":"A","action":"buy",}',
  '{"symbol":"A",,"action":"buy"}',
  '{"symbol" "A"}',
  '{"symbol":}',
  '{symbol:"A"}',
  "{'symbol':'A'}",
  '{"symbol":"A}',
  '{"symbol":"\\q"}',
  '{"symbol":"\\u12"}',
  '{"quantity":01}',
  '{"quantity":+1}',
  '{"quantity":.5}',
  '{"quantity":5.}',
  '{"quantity":1e}',
  '{"quantity":0x10}',
  '{"quantity":1_000}',
  '{"quantity":NaN}',
  '{"quantity":-Infinity}',
  '{"quantity":undefined}',
  '{"symbol":"A"} {"symbol":"B"}',
  '{"symbol":"A"}//',
  '/* */{}',
  'symbol=A&action=buy',
  '<signal symbol="A"/>',
  'buy 1 MNQM5',
  'MyKeys(XBTUSD) { market(side=buy, amount=100); } #bot',
].map((body) => bodyCase(`broken JSON ${body}`, body, malformed));

const NO_OBJECT: readonly BadInputCase[] = [
  '[]',
  '[{"symbol":"A","action":"buy"}]',
  'null',
  'true',
  '0',
  '1e309',
  '""',
  '"{\\"symbol\\":\\"A\\"}"',
].map((body) => bodyCase(`JSON that is no object: ${body}`, body, malformed));

const NESTING: readonly BadInputCase[] = [
  bodyCase('17 levels', `{"symbol":${nested(16)}}`, malformed),
  bodyCase('30,000 arrays', nested(30_000), malformed),
  bodyCase('10,000 objects', `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`, malformed),
  bodyCase('60,000 arrays that never close', '['.repeat(60_000), malformed),
  bodyCase('16 levels of nonsense', `{"symbol":"A","action":"buy","x":${nested(15)}}`, invalid('x')),
];

/** What makes careless expressions and walkers slow: each must be answered like any other broken body. */
const SLOW: readonly BadInputCase[] = [
  bodyCase('64 KB of escaped quotes', '\\"'.repeat(32_768), malformed),
  bodyCase('64 KB of quotes', '"'.repeat(65_535), malformed),
  bodyCase('64 KB of backslashes in text', `"${'\\'.repeat(65_000)}`, malformed),
  bodyCase('64 KB of colons', '{":'.repeat(16_000), malformed),
  bodyCase(
    '64 KB of digits',
    `{"symbol":"A","action":"buy","quantity":${'9'.repeat(65_000)}}`,
    invalid('quantity'),
  ),
  bodyCase(
    '64 KB of digits as text',
    `{"symbol":"A","action":"buy","price":"${'0.'.repeat(32_000)}"}`,
    invalid('price'),
  ),
  bodyCase(
    'a field whose name has 60 KB',
    `{"symbol":"A","action":"buy","${'x'.repeat(60_000)}":1}`,
    invalid(`${'x'.repeat(40)}…`),
  ),
  bodyCase(
    '5,000 unknown fields',
    `{${Array.from({ length: 5_000 }, (_, index) => `"f${index}":1`).join(',')}}`,
    invalid('f0'),
  ),
  bodyCase(
    '9,000 times the same field',
    `{"symbol":"A",${'"f":1,'.repeat(9_000)}"action":"hold"}`,
    invalid('action'),
  ),
];

const PROTOTYPES: readonly BadInputCase[] = [
  '{"__proto__":{"action":"buy"},"symbol":"A"}',
  '{"symbol":"A","action":"buy","__proto__":null}',
  '{"symbol":"A","action":"buy","\\u005f\\u005fproto__":{}}',
  '{"symbol":"A","action":"buy","x":[{"__proto__":1}]}',
  '{"symbol":"A","action":"buy","constructor":{"prototype":{"action":"sell"}}}',
  '{"symbol":"A","action":"buy","prototype":{}}',
].map((body) => bodyCase(`a key that is no data ${body}`, body, malformed));

export const BODY_CASES: readonly BadInputCase[] = [
  ...SIZES,
  ...EMPTY,
  ...CONTENT_TYPES,
  ...CONTENT_ENCODINGS,
  ...CHARACTERS,
  ...BROKEN_JSON,
  ...NO_OBJECT,
  ...NESTING,
  ...SLOW,
  ...PROTOTYPES,
];
