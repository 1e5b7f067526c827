import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readPayload } from '../../functions/ingest/read-payload.ts';
import { checkAge } from '../../functions/ingest/read-signal.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { httpEvent } from '../support/http-event.ts';
import { NOW_MS, refusedFields, signalOf } from './signal-case.ts';

interface Sample {
  readonly name: string;
  readonly contentType: string;
  readonly body?: Readonly<Record<string, unknown>>;
  readonly rawBody?: string;
}

const SAMPLES: readonly Sample[] = JSON.parse(
  readFileSync(new URL('../fixtures/sample-payloads.json', import.meta.url), 'utf8'),
);

/** What each sample is to become. TradersPost's are refused, never guessed, unless their dialect is named. */
const EXPECTED: Readonly<
  Record<string, { signal: object; receivedAt: string } | { refused: string[] } | 'malformed'>
> = {
  tv_strategy_reversal: {
    receivedAt: '2026-09-15T14:35:02Z',
    signal: {
      symbol: 'MNQ1!',
      action: 'buy',
      quantity: '2',
      timeInForce: 'day',
      price: '21534.25',
      previousPosition: 'short',
      sentAtMs: Date.parse('2026-09-15T14:35:01Z'),
    },
  },
  tv_strategy_exit_flat: {
    receivedAt: '2026-09-15T15:10:01Z',
    signal: {
      symbol: 'MNQ1!',
      action: 'exit',
      quantity: '1',
      timeInForce: 'day',
      price: '21560.5',
      previousPosition: 'long',
      sentAtMs: Date.parse('2026-09-15T15:10:00Z'),
    },
  },
  tv_indicator_minimal: {
    receivedAt: '2026-09-15T14:35:02Z',
    signal: { symbol: 'TSLA', action: 'buy', timeInForce: 'day', price: '420.69', sentAtMs: NOW_MS },
  },
  traderspost_bracket: { refused: ['quantityType', 'stopLoss.type'] },
  traderspost_futures_trailing: { refused: ['stopLoss.type', 'cancel'] },
  traderspost_partial_close: { refused: ['quantityType', 'action'] },
  traderspost_cancel: { refused: ['action'] },
  openalgo_smart_order: {
    receivedAt: '2026-09-15T14:35:02Z',
    signal: { symbol: 'SBIN', action: 'target', targetQuantity: '-100', timeInForce: 'day' },
  },
  threecommas_strategy: {
    receivedAt: '2026-09-15T14:35:02Z',
    signal: {
      symbol: 'BTCUSDT',
      action: 'buy',
      quantity: '0.01',
      timeInForce: 'day',
      price: '67432.5',
      previousPosition: 'flat',
      sentAtMs: Date.parse('2026-09-15T14:35:01Z'),
      maxLagSeconds: 300,
    },
  },
  text_plain_NaN_must_reject: 'malformed',
  alertatron_text_must_reject: 'malformed',
};

/** What TradersPost's are through a webhook that names their dialect. */
const BY_NAME: Readonly<Record<string, object>> = {
  traderspost_bracket: {
    symbol: 'AMD',
    action: 'long',
    quantity: '10',
    timeInForce: 'day',
    pricing: { type: 'limit', limitPrice: '143.12' },
    takeProfit: { type: 'percent', percent: '10' },
    stopLoss: { type: 'percent', percent: '5' },
    price: '143.2',
  },
  traderspost_futures_trailing: {
    symbol: 'MESZ2026',
    action: 'short',
    quantity: '1',
    timeInForce: 'day',
    takeProfit: { type: 'amount', amount: '20' },
    stopLoss: { type: 'trail', trail: { type: 'amount', amount: '10' } },
    sentAtMs: Date.parse('2026-09-15T14:35:01Z'),
  },
  traderspost_partial_close: { symbol: 'AAPL', action: 'exit', positionPercent: '50', timeInForce: 'day' },
  traderspost_cancel: { symbol: 'AAPL', action: 'cancel', timeInForce: 'day' },
};

describe('the sample payloads', () => {
  it('are all spoken for', () => {
    expect(SAMPLES.map(({ name }) => name)).toEqual(Object.keys(EXPECTED));
  });

  it.each(SAMPLES)('$name is what it is expected to be', ({ name, contentType, body, rawBody }) => {
    const expected = EXPECTED[name];
    const text = rawBody ?? JSON.stringify(body);
    const request = readRequest(
      httpEvent({
        method: 'POST',
        path: '/webhooks/demo',
        headers: { 'content-type': contentType },
        body: text,
      }),
    );
    const payload = readPayload(request);
    if (expected === undefined || expected === 'malformed') {
      expect(payload).toMatchObject({ ok: false, refusal: { statusCode: 400, code: 'MALFORMED' } });
    } else if ('refused' in expected) {
      expect(payload.ok).toBe(true);
      expect(new Set(refusedFields(text))).toEqual(new Set(expected.refused));
    } else {
      const receivedAtMs = Date.parse(expected.receivedAt);
      const signal = signalOf(text, receivedAtMs);
      expect(signal).toEqual(expected.signal);
      expect(checkAge(signal, 60, receivedAtMs)).toBeUndefined();
    }
  });

  it.each(SAMPLES.filter(({ name }) => name.startsWith('traderspost')))(
    '$name is what it is expected to be, when its dialect is named',
    ({ name, body }) => {
      expect(signalOf(body, NOW_MS, 'traderspost')).toEqual(BY_NAME[name]);
    },
  );

  it.each(SAMPLES.filter(({ name }) => name.startsWith('traderspost')))(
    '$name is refused just the same in snake_case',
    ({ body = {} }) => {
      const snake = Object.fromEntries(
        Object.entries(body).map(([key, value]) => [
          key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
          value,
        ]),
      );
      expect(refusedFields(snake)).not.toEqual([]);
    },
  );

  it('explains the placeholder that came without a value', () => {
    const sample = SAMPLES.find(({ name }) => name === 'text_plain_NaN_must_reject');
    const request = readRequest(
      httpEvent({
        method: 'POST',
        path: '/',
        headers: { 'content-type': 'text/plain' },
        body: sample?.rawBody ?? '',
      }),
    );
    expect(readPayload(request)).toMatchObject({ refusal: { message: expect.stringContaining('NaN') } });
  });
});
