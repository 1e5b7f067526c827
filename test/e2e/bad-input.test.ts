import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { listReceipts } from '../../functions/ledger/receipts.ts';
import { parsed, startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { type Expected, HMAC_SECRET, HOOK_SECRET } from './bad-input-case.ts';
import { BAD_INPUT } from './bad-input-cases.ts';
import { send, type WireAnswer } from './bad-input-client.ts';

/** Far above what the cases need: they test what is refused for itself. */
const RATE_LIMIT = { limit: 10_000, windowSeconds: 1 };

const CONFIGURATION: readonly (readonly [path: string, body: object])[] = [
  ['/webhooks/hook', { secret: HOOK_SECRET, rateLimit: RATE_LIMIT }],
  ['/webhooks/signed', { hmacSecrets: [HMAC_SECRET], rateLimit: RATE_LIMIT }],
  [
    '/webhooks/elsewhere',
    { secret: HOOK_SECRET, allowedIps: ['10.0.0.0/8', 'tradingview'], rateLimit: RATE_LIMIT },
  ],
  ['/webhooks/disabled', { secret: HOOK_SECRET, enabled: false, rateLimit: RATE_LIMIT }],
  ['/accounts/account', { broker: 'paper' }],
  // Whatever should be accepted by mistake would be traded.
  ...['hook', 'signed', 'elsewhere', 'disabled'].map(
    (webhookId) =>
      [
        `/strategies/${webhookId}`,
        {
          webhookId,
          accounts: [{ accountId: 'account' }],
          allowShort: true,
          sizing: { type: 'fixed', quantity: 1 },
        },
      ] as const,
  ),
];

const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;
const INSIDES =
  /\n\s+at |node_modules|\.m?[jt]s\b|\/work\/|\/tmp\/|Exception|TypeError|SyntaxError|dynamo|arn:aws/i;

let local: TestCloud;
let pidsBefore: ReturnType<TestCloud['pids']>;
const answers: WireAnswer[] = [];

beforeAll(async () => {
  local = await startTestCloud();
  // One after the other: strategies of one account need their webhooks, and the environments stay as they are.
  for (const [path, body] of CONFIGURATION) {
    await local.mustAdmin(path, { method: 'PUT', body });
  }
  pidsBefore = local.pids();
});
afterAll(() => local.stop());

function errorOf(answer: WireAnswer): Record<string, unknown> {
  const body = parsed(answer.text);
  const error = typeof body === 'object' && body !== null && 'error' in body ? body.error : undefined;
  return { ...(typeof error === 'object' ? error : {}) };
}

/** Onefill's own answers have its error shape; those below it have none, or API Gateway's. */
function expectShape(answer: WireAnswer, { by, code, field }: Expected, method: string | undefined): void {
  expect(answer.text).not.toMatch(INSIDES);
  expect(answer.headers).not.toHaveProperty('x-injected');
  if (by === 'server') {
    expect(answer.text).toBe('');
    return;
  }
  expect(answer.headers['content-type']).toMatch(/^application\/json/);
  if (by === 'gateway') {
    expect(parsed(answer.text)).toEqual({ message: expect.any(String) });
    return;
  }
  const correlationId = answer.headers['x-correlation-id'];
  expect(correlationId).toMatch(CORRELATION_ID);
  if (method === 'HEAD') {
    expect(answer.text).toBe('');
    return;
  }
  const error = errorOf(answer);
  expect(error).toMatchObject({ code, message: expect.any(String), correlationId });
  if (field !== undefined) {
    expect(error.details).toContainEqual(expect.objectContaining({ field, message: expect.any(String) }));
  }
}

describe.each(Object.entries(BAD_INPUT))('what is wrong with %s', (_, cases) => {
  it.each(cases)('$name', async ({ request, expected }) => {
    const answer = await send(local.url, request);
    answers.push(answer);
    expect(`${answer.status} ${errorOf(answer).code ?? ''}`).toBe(
      `${expected.status} ${'method' in request && request.method === 'HEAD' ? '' : (expected.code ?? '')}`,
    );
    expect(answer.headers).toMatchObject(expected.headers ?? {});
    expectShape(answer, expected, 'method' in request ? request.method : undefined);
  });
});

describe('a client', () => {
  it.each([
    ['in the middle of the head', 'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-'],
    [
      'in the middle of the body',
      'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{"sym',
    ],
    [
      'in the middle of a chunk',
      'POST /webhooks/hook HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n{"sy',
    ],
  ])('may go away %s', async (_, bytes) => {
    const { hostname, port } = new URL(local.url);
    await new Promise<void>((resolve, reject) => {
      const socket = connect({ host: hostname, port: Number(port) }, () => {
        socket.write(bytes, () => socket.resetAndDestroy());
      });
      socket.on('error', reject);
      socket.on('close', () => resolve());
    });
    expect(await local.call('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

async function allReceipts(): Promise<Receipt[]> {
  const receipts: Receipt[] = [];
  for (let before: string | undefined; ; before = receipts.at(-1)?.signalId) {
    const page = await listReceipts(local.ledger, { limit: 100, ...(before ? { before } : {}) });
    receipts.push(...page.receipts);
    if (!page.hasMore) {
      return receipts;
    }
  }
}

describe('after all of it', () => {
  const count = Object.values(BAD_INPUT).flat().length;

  it('there were at least 200 cases, and none made a 5xx', () => {
    expect(count).toBeGreaterThanOrEqual(200);
    expect(answers).toHaveLength(count);
    expect(answers.filter(({ status }) => status < 400 || status > 499)).toEqual([]);
  });

  it('no case is named twice', () => {
    const names = Object.values(BAD_INPUT)
      .flat()
      .map(({ name }) => name);
    expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([]);
  });

  it('nothing was accepted: no receipt says so, no message is queued, no order placed', async () => {
    const receipts = await allReceipts();
    expect(receipts.filter(({ status }) => status !== 'refused')).toEqual([]);
    const none = { visible: 0, inFlight: 0, delayed: 0 };
    expect(await local.countMessages(local.accountsQueueUrl)).toEqual(none);
    expect(await local.countMessages(local.deadLetterQueueUrl)).toEqual(none);
    expect(await local.mustAdmin('/accounts/account/positions')).toEqual({ items: [] });
  });

  it('authenticated refusals have receipts, with the address the gateway saw (I9)', async () => {
    const receipts = await allReceipts();
    // Every 400, 413 aside, and every 422 came with the right secret.
    expect(receipts.length).toBeGreaterThan(150);
    expect(new Set(receipts.map(({ sourceIp }) => sourceIp))).toEqual(new Set(['127.0.0.1']));
    expect(new Set(receipts.map(({ webhookId }) => webhookId))).toEqual(new Set(['hook' as WebhookId]));
  });

  it('every environment still lives', () => {
    const pidsAfter = local.pids();
    for (const [name, pids] of Object.entries(pidsBefore)) {
      expect(pidsAfter[name]).toEqual(expect.arrayContaining([...pids]));
      expect(local.cloud.logs(name).filter((line) => /environment \d+ ended/.test(line))).toEqual([]);
    }
  });

  it('the functions logged no secret', () => {
    const lines = local.cloud.functionNames.flatMap((name) => local.cloud.logs(name));
    expect(lines.filter((line) => line.includes(HOOK_SECRET) || line.includes(HMAC_SECRET))).toEqual([]);
  });

  it('the request that all cases spoil is accepted when nothing is wrong with it', async () => {
    expect(await send(local.url, {})).toMatchObject({ status: 202 });
    const signed = await send(local.url, {
      path: '/webhooks/signed',
      headers: { 'x-webhook-secret': undefined },
      signed: (sign) => sign(),
    });
    expect(signed).toMatchObject({ status: 202 });
  });
});
