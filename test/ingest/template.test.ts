import { describe, expect, it } from 'vitest';
import type { Template } from '../../functions/core/configuration.ts';
import type { Signal } from '../../functions/core/signal.ts';
import type { IngestDependencies } from '../../functions/ingest/dependencies.ts';
import { judge, type Verdict } from '../../functions/ingest/judge.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { hashSecret } from '../../functions/shared/webhook-secrets.ts';
import { httpEvent } from '../support/http-event.ts';
import { webhookOf } from '../support/world.ts';
import { NOW_MS } from './signal-case.ts';
import { BASIC, CASES, data } from './template-cases.ts';

/** Judging needs nothing from the outside when nobody signs. */
const NOTHING = {} as IngestDependencies;
const SHOWN = { 'x-webhook-secret': 'demo-secret' };

/** How a webhook with the template judges a body, JSON text or a value. */
async function verdictOn(
  template: Template,
  body: unknown,
  headers: Readonly<Record<string, string>> = SHOWN,
): Promise<Verdict> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const request = readRequest(httpEvent({ method: 'POST', path: '/webhooks/demo', body: text, headers }));
  const webhook = webhookOf('demo', { template, secretHash: hashSecret('demo-secret'), allowedIps: [] });
  return judge(NOTHING, request, { webhook, subscribers: [], version: 1 }, NOW_MS);
}

async function signalOf(template: Template, body: unknown): Promise<Signal> {
  const verdict = await verdictOn(template, body);
  if (verdict.kind === 'refused') {
    throw new Error(JSON.stringify(verdict.refusal));
  }
  return verdict.signal;
}

async function problemsOf(template: Template, body: unknown): Promise<readonly string[]> {
  const verdict = await verdictOn(template, body);
  expect(verdict).toMatchObject({ kind: 'refused', refusal: { statusCode: 422, code: 'SIGNAL_INVALID' } });
  const details = verdict.kind === 'refused' ? (verdict.refusal.details ?? []) : [];
  return details.map(({ field, message }) => `${field} ${message}`);
}

async function keyOf(template: Template, body: unknown, headers?: Readonly<Record<string, string>>) {
  const verdict = await verdictOn(template, body, { ...SHOWN, ...headers });
  return verdict.kind === 'acceptable' ? verdict.key.key : verdict.refusal.code;
}

describe('a template makes a signal', () => {
  it.each(CASES)('of $of', async ({ template, body, signal }) => {
    expect(await signalOf(template, body)).toEqual({ timeInForce: 'day', ...signal });
  });
});

describe('a problem names the field of the signal and the expression it came from', () => {
  const quantity = (expression: string): Template => ({ ...BASIC, quantity: expression });
  it.each([
    [
      BASIC,
      {},
      [
        'symbol is required, for example "MNQ1!" (template: data.ticker)',
        expect.stringMatching(/^action is required: one of buy, sell, .* \(template: data\.side\)$/),
      ],
    ],
    [BASIC, 7, [expect.stringMatching(/^symbol is required/), expect.stringMatching(/^action is required/)]],
    [
      quantity('data.size'),
      data({ size: 'NaN' }),
      ['quantity must be a plain number such as 2 or "0.5", not "NaN" (template: data.size)'],
    ],
    [
      quantity('to_number(data.size)'),
      data({ size: 'NaN' }),
      [
        'quantity cannot be mapped: to_number takes a number, or text that is one (template: to_number(data.size))',
      ],
    ],
    [
      { ...BASIC, action: "data.side == `1` && 'buy' || data.side == `-1` && 'sell'" },
      data({ side: 0 }),
      ["action must be text (template: data.side == `1` && 'buy' || data.side == `-1` && 'sell')"],
    ],
    [quantity('data.size'), data({ size: -1 }), ['quantity must be greater than 0 (template: data.size)']],
    [quantity('data'), data(), ['quantity must be a number, or text that is one (template: data)']],
    [
      { ...BASIC, stopLoss: '{price: data.stop}' },
      data({ stop: 'x' }),
      ['stopLoss.price must be a plain number such as 2 or "0.5", not "x" (template: {price: data.stop})'],
    ],
    [
      { ...BASIC, stopLoss: '{price: data.stop}' },
      data(),
      [
        'stopLoss must have exactly one of price, percent, amount, trailAmount, trailPercent (template: {price: data.stop})',
      ],
    ],
    [
      { ...BASIC, symbol: 'abs(data.ticker)', quantity: 'sum(data.ticker)' },
      data(),
      [
        'symbol cannot be mapped: abs takes a number (template: abs(data.ticker))',
        'quantity cannot be mapped: sum takes a list (template: sum(data.ticker))',
      ],
    ],
    [
      { ...BASIC, id: 'data.id' },
      data({ id: 'with space' }),
      ['id must be 1 to 256 printable ASCII characters without spaces (template: data.id)'],
    ],
    [
      { ...BASIC, time: 'data.at' },
      data({ at: '2027-01-01T00:00:00Z' }),
      ['time is more than 5 minutes in the future (template: data.at)'],
    ],
    [
      { ...BASIC, symbol: 'data.constructor.name', action: 'data.__proto__' },
      data(),
      [
        'symbol is required, for example "MNQ1!" (template: data.constructor.name)',
        expect.stringMatching(/^action is required/),
      ],
    ],
    [
      { ...BASIC, limitPrice: 'data.limit' },
      data({ limit: 5 }),
      ['limitPrice does not go with a market order (template: data.limit)'],
    ],
  ])('%j of %j', async (template, body, problems) => {
    expect(await problemsOf(template, body)).toEqual(problems);
  });

  it('says it of a template that this version cannot read, and trades nothing', async () => {
    expect(await problemsOf({ ...BASIC, quantity: 'data.size * 2' }, data())).toEqual([
      'quantity cannot be mapped: this version knows no such expression (template: data.size * 2)',
    ]);
  });
});

describe('what the sender alone could put in', () => {
  it.each(['{"data":{"__proto__":{"ticker":"A"}}}', '{"constructor":{"name":"A"}}', '[{"prototype":1}]'])(
    '%s is malformed, template or not',
    async (body) => {
      const verdict = await verdictOn(BASIC, body);
      expect(verdict).toMatchObject({ refusal: { statusCode: 400, code: 'MALFORMED' } });
    },
  );

  it.each(['', ' ', 'NaN', '{', '{"a":NaN}'])('%j is malformed', async (body) => {
    expect(await verdictOn(BASIC, body)).toMatchObject({ refusal: { statusCode: 400, code: 'MALFORMED' } });
  });
});

describe('who may send', () => {
  it('is told by the secret in the body as it was sent, whatever the template maps', async () => {
    const template = { symbol: 's', action: 'a' };
    expect(await verdictOn(template, { s: 'A', a: 'buy', secret: 'demo-secret' }, {})).toMatchObject({
      kind: 'acceptable',
    });
    for (const body of [
      { s: 'A', a: 'buy', secret: 'wrong' },
      ['A', 'buy'],
      { in: { secret: 'demo-secret' } },
    ]) {
      expect(await verdictOn(template, body, {})).toMatchObject({ refusal: { code: 'UNAUTHENTICATED' } });
    }
  });

  it('is a secret that no expression finds, so that no answer, log or receipt has it', async () => {
    const body = { s: 'A', a: 'buy', secret: 'demo-secret', apikey: 'demo-secret' };
    for (const expression of ['secret', 'apikey', 'to_string(@)', 'keys(@)', '*']) {
      const verdict = await verdictOn({ symbol: expression, action: 'a', quantity: expression }, body, {});
      expect(verdict).toMatchObject({ kind: 'refused', refusal: { code: 'SIGNAL_INVALID' } });
      expect(JSON.stringify(verdict)).not.toContain('demo-secret');
    }
  });

  it('is settled before anything is mapped', async () => {
    expect(await verdictOn({ ...BASIC, symbol: 'abs(data)' }, data(), {})).toMatchObject({
      refusal: { code: 'UNAUTHENTICATED' },
    });
  });
});

describe('what tells two signals apart', () => {
  const WITH_ID: Template = { ...BASIC, id: 'data.uuid' };

  it("is the template's id, whatever the body itself calls id", async () => {
    expect(await keyOf(WITH_ID, { ...data({ uuid: 'u-1' }), id: 'alert-7' })).toBe('id:u-1');
    expect(await keyOf(WITH_ID, data({ uuid: 12 }))).toBe('id:12');
  });

  it('is the header before it', async () => {
    expect(await keyOf(WITH_ID, data({ uuid: 'u-1' }), { 'idempotency-key': 'k' })).toBe('id:k');
  });

  it('is everything that was sent when the template has none, or finds none', async () => {
    const sent = { ...data(), id: 'alert-7', bar: 1 };
    const other = { ...sent, bar: 2 };
    for (const template of [BASIC, WITH_ID]) {
      const key = await keyOf(template, sent);
      expect(key).toMatch(/^hash:/);
      expect(await keyOf(template, { ...sent, secret: 'demo-secret' })).toBe(key);
      expect(await keyOf(template, other)).not.toBe(key);
    }
  });

  it('has the hash of what the template finds beside an id, so that only another trade is a conflict', async () => {
    const hashOf = async (body: unknown) => {
      const verdict = await verdictOn({ ...WITH_ID, quantity: 'data.size' }, body);
      return verdict.kind === 'acceptable' ? verdict.key.payloadHash : verdict.refusal.code;
    };
    const first = await hashOf(data({ uuid: 'u-1', size: 1 }));
    expect(await hashOf({ ...data({ uuid: 'u-1', size: 1 }), attempt: 2 })).toBe(first);
    expect(await hashOf(data({ uuid: 'u-1', size: 2 }))).not.toBe(first);
  });
});

it('a body of 64 KB that is made to be much work is refused within a moment', async () => {
  const body = JSON.stringify(Array.from({ length: 12_000 }, (_, index) => index));
  const doubling = `@${'|[@,@][]'.repeat(31)}`;
  const startedAt = performance.now();
  expect(await problemsOf({ symbol: doubling, action: doubling, quantity: doubling }, body)).toHaveLength(3);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
});
