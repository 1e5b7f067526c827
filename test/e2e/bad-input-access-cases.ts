import {
  type BadInputCase,
  type BadRequest,
  HOOK_SECRET,
  malformed,
  noSuchWebhook,
  notAllowed,
  OTHER_HMAC_SECRET,
  type Sign,
  unauthenticated,
} from './bad-input-case.ts';

const NO_SECRET = { 'x-webhook-secret': undefined };

const secretCase = (name: string, request: BadRequest): BadInputCase => ({
  name: `secret: ${name}`,
  request: { ...request, headers: { ...NO_SECRET, ...request.headers } },
  expected: unauthenticated,
});

const signalWith = (secret: string): string => `{"symbol":"A","action":"buy","secret":${secret}}`;

const SECRETS: readonly BadInputCase[] = [
  secretCase('none', {}),
  secretCase('empty', { headers: { 'x-webhook-secret': '' } }),
  secretCase('wrong', { headers: { 'x-webhook-secret': 'wrong' } }),
  secretCase('one character more', { headers: { 'x-webhook-secret': `${HOOK_SECRET}x` } }),
  secretCase('one character less', { headers: { 'x-webhook-secret': HOOK_SECRET.slice(0, -1) } }),
  secretCase('in another case', { headers: { 'x-webhook-secret': HOOK_SECRET.toUpperCase() } }),
  secretCase('twice', { headers: { 'x-webhook-secret': [HOOK_SECRET, HOOK_SECRET] } }),
  secretCase('wrong, then right', { headers: { 'x-webhook-secret': ['wrong', HOOK_SECRET] } }),
  secretCase('as bearer', { headers: { authorization: `Bearer ${HOOK_SECRET}` } }),
  secretCase('as cookie', { headers: { cookie: `x-webhook-secret=${HOOK_SECRET}` } }),
  secretCase('in the query under another name', { path: `/webhooks/hook?secret=${HOOK_SECRET}` }),
  secretCase('as the second token', { path: `/webhooks/hook?token=wrong&token=${HOOK_SECRET}` }),
  secretCase('as an empty token', { path: '/webhooks/hook?token=' }),
  secretCase('as a broken token', { path: '/webhooks/hook?token=%ZZ%ff' }),
  secretCase('in the body, wrong', { body: signalWith('"wrong"') }),
  secretCase('in the body, as a number', { body: signalWith('5') }),
  secretCase('in the body, in a list', { body: signalWith(`["${HOOK_SECRET}"]`) }),
  secretCase('in the body, as null', { body: signalWith('null') }),
  secretCase('in the body, as true', { body: signalWith('true') }),
  secretCase('in the body, under another name', {
    body: `{"symbol":"A","action":"buy","Secret":"${HOOK_SECRET}"}`,
  }),
  secretCase('wrong, with a body that cannot be read', {
    headers: { 'x-webhook-secret': 'wrong' },
    body: '{',
  }),
  secretCase('none, with a payload that means nothing', { body: '{"symbol":1}' }),
  {
    name: 'secret: none, with a body that cannot be read, where it may have been',
    request: { headers: NO_SECRET, body: `{"secret":"${HOOK_SECRET}",}` },
    expected: malformed,
  },
];

const signedCase = (name: string, signed: (sign: Sign) => ReturnType<NonNullable<BadRequest['signed']>>) => ({
  name: `signature: ${name}`,
  request: { path: '/webhooks/signed', headers: NO_SECRET, signed },
  expected: unauthenticated,
});

const without = (headers: Readonly<Record<string, string>>, name: string) =>
  Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));

const SIGNATURES: readonly BadInputCase[] = [
  signedCase('none', () => ({})),
  signedCase('by another secret', (sign) => sign({ secret: OTHER_HMAC_SECRET })),
  signedCase('of another body', (sign) => sign({ body: '{"symbol":"A","action":"sell"}' })),
  signedCase('of 301 s ago', (sign) => sign({ offsetSeconds: -310 })),
  signedCase('of 301 s ahead', (sign) => sign({ offsetSeconds: 310 })),
  signedCase('with a dot in the id', (sign) => sign({ id: 'msg.1' })),
  signedCase('without an id', (sign) => without(sign(), 'webhook-id')),
  signedCase('without a time', (sign) => without(sign(), 'webhook-timestamp')),
  signedCase('without a signature', (sign) => without(sign(), 'webhook-signature')),
  signedCase('with another id', (sign) => ({ ...sign(), 'webhook-id': 'msg_other' })),
  signedCase('with the id twice', (sign) => ({ ...sign(), 'webhook-id': ['msg_1', 'msg_1'] })),
  signedCase('with the time twice', (sign) => {
    const headers = sign();
    const time = headers['webhook-timestamp'];
    return { ...headers, 'webhook-timestamp': [time, time] };
  }),
  signedCase('with the signature after a wrong one in a header of its own', (sign) => {
    const headers = sign();
    return { ...headers, 'webhook-signature': ['v1,AAAA', headers['webhook-signature']] };
  }),
  signedCase('with a time in milliseconds', (sign) => {
    const headers = sign();
    return { ...headers, 'webhook-timestamp': `${headers['webhook-timestamp']}000` };
  }),
  signedCase('with the time NaN', (sign) => ({ ...sign(), 'webhook-timestamp': 'NaN' })),
  signedCase('with a time of 1e9', (sign) => ({ ...sign(), 'webhook-timestamp': '1e9' })),
  signedCase('empty', (sign) => ({ ...sign(), 'webhook-signature': '' })),
  signedCase('of a version without a value', (sign) => ({ ...sign(), 'webhook-signature': 'v1,' })),
  signedCase('without a version', (sign) => {
    const headers = sign();
    return { ...headers, 'webhook-signature': headers['webhook-signature'].slice(3) };
  }),
  signedCase('of an unknown version', (sign) => {
    const headers = sign();
    return { ...headers, 'webhook-signature': headers['webhook-signature'].replace('v1,', 'v2,') };
  }),
  signedCase('of 8 KB', (sign) => ({ ...sign(), 'webhook-signature': 'v1,A '.repeat(1_600) })),
  {
    name: 'signature: right, but of a secret that another webhook knows',
    request: { headers: NO_SECRET, signed: (sign) => sign() },
    expected: unauthenticated,
  },
  {
    name: 'signature: none, but the secret of another webhook',
    request: { path: '/webhooks/signed' },
    expected: unauthenticated,
  },
];

const FORGED: readonly (readonly [name: string, value: string | readonly string[]])[] = [
  ['x-forwarded-for', '10.0.0.1'],
  ['x-forwarded-for', '10.0.0.1, 10.0.0.2'],
  ['x-forwarded-for', ['10.0.0.1', '10.0.0.1']],
  ['X-Forwarded-For', '52.89.214.238'],
  ['forwarded', 'for=10.0.0.1;proto=https'],
  ['x-real-ip', '10.0.0.1'],
  ['true-client-ip', '10.0.0.1'],
  ['cf-connecting-ip', '10.0.0.1'],
  ['x-client-ip', '10.0.0.1'],
  ['x-amzn-source-ip', '10.0.0.1'],
];

const ADDRESSES: readonly BadInputCase[] = [
  {
    name: 'an address that is not on the list',
    request: { path: '/webhooks/elsewhere' },
    expected: notAllowed,
  },
  {
    name: 'an address that is not on the list, with a body that cannot be read',
    request: { path: '/webhooks/elsewhere', body: '{' },
    expected: notAllowed,
  },
  ...FORGED.map(([name, value]) => ({
    name: `a forged address: ${name} ${String(value)}`,
    request: { path: '/webhooks/elsewhere', headers: { [name]: value } },
    expected: notAllowed,
  })),
];

const ABSENT: readonly BadInputCase[] = [
  { name: 'a disabled webhook', request: { path: '/webhooks/disabled' }, expected: noSuchWebhook },
  {
    name: 'a disabled webhook, with a body that cannot be read',
    request: { path: '/webhooks/disabled', body: '{' },
    expected: noSuchWebhook,
  },
  {
    name: 'an unknown webhook, without a secret',
    request: { path: '/webhooks/unknown', headers: NO_SECRET },
    expected: noSuchWebhook,
  },
];

export const ACCESS_CASES: readonly BadInputCase[] = [...SECRETS, ...SIGNATURES, ...ADDRESSES, ...ABSENT];
