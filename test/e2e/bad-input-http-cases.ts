import {
  type BadInputCase,
  byGateway,
  byServer,
  type Expected,
  HOOK_SECRET,
  malformed,
  noSuchPath,
  noSuchWebhook,
  unauthenticated,
  VALID_SIGNAL,
} from './bad-input-case.ts';

const wrongMethod = (allow: string): Expected => ({
  status: 405,
  code: 'METHOD_NOT_ALLOWED',
  headers: { allow },
});

const METHODS: readonly BadInputCase[] = [
  ...['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'TRACE', 'PROPFIND', 'PURGE', 'QUERY'].map(
    (method) => ({
      name: `${method} to a webhook`,
      request: { method },
      expected: wrongMethod('POST'),
    }),
  ),
  ...['POST', 'PUT', 'DELETE', 'OPTIONS'].map((method) => ({
    name: `${method} to the health check`,
    request: { method, path: '/health' },
    expected: wrongMethod('GET'),
  })),
  {
    name: 'a method that a header asks for',
    request: { method: 'GET', headers: { 'x-http-method-override': 'POST' } },
    expected: wrongMethod('POST'),
  },
];

const NO_SUCH_WEBHOOK = [
  'unknown',
  'Hook',
  'HOOK',
  'hook.',
  'hook,hook',
  'hook;a=1',
  'hook%20',
  'hook%00',
  'hook%0a',
  'hook%0d%0aX-Injected:%201',
  'hook%3Ftoken=x',
  'hook%23',
  'hook~a',
  '%2568ook',
  '%252e%252e',
  '..',
  '.',
  '%2e%2e',
  '%5c..%5c',
  '*',
  '-',
  '__proto__',
  'constructor',
  'hasOwnProperty',
  '%E2%80%AEkooh',
  '%F0%9F%92%A5',
  'CONFIGURATION',
  'x%23CONFIGURATION',
  'a'.repeat(49),
  'a'.repeat(300),
  'a'.repeat(8_000),
];

const NO_SUCH_PATH = [
  '/',
  '/webhooks',
  '/webhooks/',
  '/webhooks?id=hook',
  '/webhooks/hook/',
  '/webhooks/hook/extra',
  '/webhooks/hook%2F',
  '/webhooks/a%2Fb',
  '/webhooks%2Fhook%2F..',
  '//webhooks/hook',
  '/webhooks//hook',
  '/webhooks/../webhooks/hook',
  '/webhooks/hook/..',
  '/./webhooks/hook',
  '/%2e%2e/webhooks/hook',
  '/WEBHOOKS/hook',
  '/webhook/hook',
  '/$default/webhooks/hook',
  '/api',
  '/api/v1',
  '/api/v2/webhooks',
  '/.env',
  '/index.php',
  '/webhooks/hook.json/..;/x',
];

const PATHS: readonly BadInputCase[] = [
  ...NO_SUCH_WEBHOOK.map((id) => ({
    name: `webhook ${id.length > 60 ? `${id.slice(0, 10)}… of ${id.length} characters` : id}`,
    request: { path: `/webhooks/${id}` },
    expected: noSuchWebhook,
  })),
  ...NO_SUCH_PATH.map((path) => ({ name: `path ${path}`, request: { path }, expected: noSuchPath })),
  ...['%', '%zz', '%f', '%ff', '%c0%af', 'hook%'].map((id) => ({
    name: `a path that is not properly encoded: ${id}`,
    request: { path: `/webhooks/${id}` },
    expected: byGateway(400),
  })),
];

const HEADERS: readonly BadInputCase[] = [
  ...['', 'a b', 'a,b', '<script>', 'x'.repeat(129), '{"a":1}'].map((id) => ({
    name: `correlation id ${id.slice(0, 20)}`,
    request: { headers: { 'x-correlation-id': id, 'x-webhook-secret': 'wrong' } },
    expected: unauthenticated,
  })),
  {
    name: 'two correlation ids',
    request: { headers: { 'x-correlation-id': ['a', 'b'], 'x-webhook-secret': 'wrong' } },
    expected: unauthenticated,
  },
  {
    name: 'two content types',
    request: { headers: { 'content-type': ['application/json', 'text/plain'] } },
    expected: malformed,
  },
  {
    name: 'two content encodings',
    request: { headers: { 'content-encoding': ['identity', 'gzip'] } },
    expected: malformed,
  },
  {
    name: 'an idempotency key with spaces',
    request: { headers: { 'idempotency-key': 'a b' } },
    expected: { status: 422, code: 'SIGNAL_INVALID', field: 'idempotency-key' },
  },
  {
    name: 'an idempotency key of 300 characters',
    request: { headers: { 'idempotency-key': 'x'.repeat(300) } },
    expected: { status: 422, code: 'SIGNAL_INVALID', field: 'idempotency-key' },
  },
  {
    name: 'a webhook id with a tab',
    request: { headers: { 'webhook-id': 'a\tb' } },
    expected: { status: 422, code: 'SIGNAL_INVALID', field: 'webhook-id' },
  },
  {
    name: 'a header called __proto__',
    request: { headers: { ['__proto__']: 'x', 'x-webhook-secret': undefined } },
    expected: unauthenticated,
  },
  {
    name: 'an expectation that nobody meets',
    request: { headers: { expect: 'the-impossible' } },
    expected: byServer(417),
  },
];

const LINES = `X-Webhook-Secret: ${HOOK_SECRET}\r\nContent-Type: application/json\r\nConnection: close\r\n`;
const raw = (start: string, headers: string, body = VALID_SIGNAL): string =>
  `${start}\r\n${headers}${LINES}\r\n${body}`;
const POST = 'POST /webhooks/hook HTTP/1.1';
const HOST = 'Host: localhost\r\n';
const LENGTH = `Content-Length: ${VALID_SIGNAL.length}\r\n`;

const RAW: readonly BadInputCase[] = [
  ['garbage', '\u0000\u0001\u0002\r\n\r\n', byServer(400)],
  ['an empty line and nothing else', '\r\n \r\n\r\n', byServer(400)],
  ['TLS', '\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003', byServer(400)],
  ['another protocol', raw('POST /webhooks/hook SMTP/1.0', HOST + LENGTH), byServer(400)],
  ['a version that does not exist', raw('POST /webhooks/hook HTTP/9.9', HOST + LENGTH), byServer(400)],
  ['a method in small letters', raw('post /webhooks/hook HTTP/1.1', HOST + LENGTH), byServer(400)],
  ['a space in the path', raw('POST /webhooks/hook x HTTP/1.1', HOST + LENGTH), byServer(400)],
  ['no host', raw(POST, LENGTH), byServer(400)],
  ['a header without a name', raw(POST, `${HOST}${LENGTH}: x\r\n`), byServer(400)],
  ['a header with a space in its name', raw(POST, `${HOST}${LENGTH}X Y: z\r\n`), byServer(400)],
  ['a header with a zero byte', raw(POST, `${HOST}${LENGTH}X-Y: a\u0000b\r\n`), byServer(400)],
  ['two different lengths', raw(POST, `${HOST}${LENGTH}Content-Length: 5\r\n`), byServer(400)],
  ['a length and chunks', raw(POST, `${HOST}${LENGTH}Transfer-Encoding: chunked\r\n`), byServer(400)],
  ['a negative length', raw(POST, `${HOST}Content-Length: -1\r\n`), byServer(400)],
  ['a length that is no number', raw(POST, `${HOST}Content-Length: 0x10\r\n`), byServer(400)],
  [
    'a broken chunk',
    raw(POST, `${HOST}Transfer-Encoding: chunked\r\n`, 'zz\r\n{}\r\n0\r\n\r\n'),
    byServer(400),
  ],
  ['an unknown transfer encoding', raw(POST, `${HOST}Transfer-Encoding: chunky\r\n`), byServer(400)],
  ['a head of 12 KB', raw(POST, `${HOST}${LENGTH}X-Y: ${'x'.repeat(12_000)}\r\n`), byServer(431)],
  ['a path of 12 KB', raw(`POST /webhooks/${'a'.repeat(12_000)} HTTP/1.1`, HOST + LENGTH), byServer(431)],
  ['1,000 headers', raw(POST, HOST + LENGTH + 'X-Y: 12345678\r\n'.repeat(1_000)), byServer(431)],
  ['a length of 11 MB', raw(POST, `${HOST}Content-Length: 11534336\r\n`), byGateway(413)],
  ['no length and no chunks', raw(POST, HOST, ''), malformed],
  ['a length of 0', raw(POST, `${HOST}Content-Length: 0\r\n`, ''), malformed],
  [
    'a body that ends too early',
    raw(POST, `${HOST}Content-Length: 10\r\n`, VALID_SIGNAL.slice(0, 10)),
    malformed,
  ],
  ['more body than its length', raw(POST, `${HOST}Content-Length: 10\r\n`), byServer(400)],
  [
    'an absolute address',
    raw('POST http://evil.example/webhooks/unknown HTTP/1.1', HOST + LENGTH),
    noSuchWebhook,
  ],
  ['no version of 1.1', raw('POST /webhooks/unknown HTTP/1.0', LENGTH), noSuchWebhook],
  [
    'two hosts',
    raw('POST /webhooks/unknown HTTP/1.1', `${HOST}Host: evil.example\r\n${LENGTH}`),
    noSuchWebhook,
  ],
  ['all servers', raw('OPTIONS * HTTP/1.1', HOST, ''), noSuchPath],
].map(([name, request, expected]) => ({
  name: `raw: ${String(name)}`,
  request: { raw: String(request) },
  expected: expected as Expected,
}));

export const HTTP_CASES: readonly BadInputCase[] = [...METHODS, ...PATHS, ...HEADERS, ...RAW];
