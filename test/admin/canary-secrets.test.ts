import { randomBytes, randomUUID } from 'node:crypto';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { ROUTES } from '../../functions/admin/routes.ts';
import { httpEvent, lambdaContext } from '../support/http-event.ts';
import { type AdminHarness, SECRET_NAME_PREFIX, startAdmin } from './harness.ts';

/**
 * Every secret here is a text that exists nowhere else. All of the API and the webhook are driven with them, right and
 * wrong, and then whatever was logged, answered or stored is searched for them.
 */

const canary = (name: string) => `canary-${name}-${randomUUID()}`;
const newHmacSecret = () => `whsec_${randomBytes(32).toString('base64')}`;

const SECRETS = {
  webhook: canary('webhook'),
  wrongWebhook: canary('wrong-webhook'),
  hmac: newHmacSecret(),
  wrongHmac: newHmacSecret(),
  bearer: canary('bearer'),
  queryToken: canary('query-token'),
  bodyField: canary('body-field'),
  apiKey: canary('api-key'),
  apiSecret: canary('api-secret'),
  header: canary('header'),
} as const;

const HEADERS = {
  authorization: `Bearer ${SECRETS.bearer}`,
  cookie: `session=${SECRETS.header}`,
  'x-api-key': SECRETS.header,
};

let admin: AdminHarness;
beforeAll(async () => {
  // Nobody listens there: what is tried with the credentials fails, and failures are what is logged.
  vi.stubEnv('ONEFILL_VENUE_ENDPOINTS', JSON.stringify({ alpaca: 'http://127.0.0.1:1' }));
  admin = await startAdmin();
  vi.stubEnv('IDEMPOTENCY_TABLE_NAME', admin.idempotencyTableName);
});
afterAll(() => admin.stop());

/** What a sender shows that is neither in the log, nor in an answer, nor in an item: the places where it may be. */
async function sendSignals(): Promise<number[]> {
  const { handler } = await import('../../functions/ingest/handler.ts');
  const signal = { symbol: 'MNQ1!', action: 'buy', quantity: 1 };
  const signed = (secret: string, body: string) => {
    const date = new Date();
    return {
      'webhook-id': 'canary',
      'webhook-timestamp': String(Math.floor(date.getTime() / 1_000)),
      'webhook-signature': new StandardWebhook(secret).sign('canary', date, body),
    };
  };
  const json = (fields: object) => JSON.stringify({ ...signal, ...fields });
  const requests: readonly { headers?: Record<string, string>; query?: string; body: string }[] = [
    { headers: { 'x-webhook-secret': SECRETS.webhook }, body: json({ id: '1' }) },
    { headers: { 'x-webhook-secret': SECRETS.webhook }, body: json({ id: '1' }) },
    { headers: { 'x-webhook-secret': SECRETS.webhook }, body: json({ id: '1', quantity: 2 }) },
    { query: `?token=${SECRETS.webhook}`, body: json({ id: '2' }) },
    { body: json({ id: '3', secret: SECRETS.webhook }) },
    { body: json({ id: '4', secret: SECRETS.webhook, action: 'no-such-action' }) },
    { body: json({ id: '5', secret: SECRETS.webhook, time: '2001-01-01T00:00:00Z' }) },
    { body: `{"secret":"${SECRETS.webhook}"` },
    { headers: { 'x-webhook-secret': SECRETS.wrongWebhook }, body: json({}) },
    { query: `?token=${SECRETS.queryToken}`, body: json({}) },
    { body: json({ secret: SECRETS.bodyField }) },
    { body: json({ apikey: SECRETS.bodyField }) },
    { headers: signed(SECRETS.hmac, json({ id: '6' })), body: json({ id: '6' }) },
    { headers: signed(SECRETS.wrongHmac, json({ id: '7' })), body: json({ id: '7' }) },
  ];
  const statuses: number[] = [];
  for (const { headers = {}, query = '', body } of requests) {
    const event = httpEvent({
      method: 'POST',
      path: `/webhooks/canary${query}`,
      routeKey: 'POST /webhooks/{webhookId}',
      routeParameters: { webhookId: 'canary' },
      headers: { ...HEADERS, ...headers },
      body,
    });
    const answered = await handler(event, lambdaContext());
    admin.said.push(JSON.stringify(answered));
    statuses.push(answered.statusCode);
  }
  return statuses;
}

async function configure(): Promise<void> {
  admin.secretsManager.secrets.set(
    `${SECRET_NAME_PREFIX}brokers/canary`,
    JSON.stringify({ keyId: SECRETS.apiKey, secretKey: SECRETS.apiSecret }),
  );
  const { webhook: secret, hmac } = SECRETS;
  const rateLimit = { limit: 1_000 };
  await admin.put('/accounts/canary', { broker: 'alpaca', environment: 'demo', credentials: 'canary' });
  await admin.put('/webhooks/canary', { secret, hmacSecrets: [hmac], rateLimit });
  await admin.put('/strategies/canary', { webhookId: 'canary', accounts: [{ accountId: 'canary' }] });
}

test('no secret is in a log line, an answer or an item, whatever is done with it', async () => {
  await configure();
  const statuses = await sendSignals();
  expect(statuses).toEqual([202, 202, 409, 202, 202, 422, 422, 400, 401, 401, 401, 401, 202, 401]);

  // Every route: as it should be asked, with secrets where they do not belong, by those who may and those who may not.
  for (const { method, path } of ROUTES) {
    const target = path.replace('{id}', 'canary');
    const body = {
      secret: { misplaced: SECRETS.bodyField },
      token: SECRETS.bodyField,
      role: SECRETS.bodyField,
    };
    for (const role of ['operator', 'anonymous'] as const) {
      await admin.call({ method, path: target, role, headers: HEADERS });
      await admin.call({
        method,
        path: `${target}?token=${SECRETS.queryToken}`,
        role,
        headers: HEADERS,
        body,
      });
    }
    await admin.call({ method, path: target, rawBody: `{"secret":"${SECRETS.bodyField}"`, headers: HEADERS });
    await (method === 'DELETE' ? configure() : undefined);
  }

  const { client, tableName } = admin.ledger;
  const scan = async (TableName: string) => (await client.send(new ScanCommand({ TableName }))).Items;
  const places = {
    'what was logged and answered': admin.said,
    'the ledger table': await scan(tableName),
    'the idempotency table': await scan(admin.idempotencyTableName),
    'the operations table': await scan(admin.operations.tableName),
    'the queue': await admin.queues.drain(admin.queues.accounts),
  };
  expect(admin.said.length).toBeGreaterThan(200);
  for (const [place, content] of Object.entries(places)) {
    const text = JSON.stringify(content);
    const found = Object.entries(SECRETS).filter(
      ([, secret]) => text.includes(secret) || text.includes(secret.replace(/^whsec_/, '')),
    );
    expect(
      found.map(([name]) => name),
      place,
    ).toEqual([]);
  }
});
