import { describe, expect, it } from 'vitest';
import { checkCredentials } from '../../functions/ingest/authenticate.ts';
import { ANNOTATIONS } from '../../functions/ingest/dialects/annotations.ts';
import { secretOf, signalKeyOf } from '../../functions/ingest/read-payload.ts';
import { readRequest } from '../../functions/shared/http.ts';
import { hashSecret } from '../../functions/shared/webhook-secrets.ts';
import { httpEvent } from '../support/http-event.ts';
import { webhookOf } from '../support/world.ts';
import { payloadOf, refusedFields, signalOf } from './signal-case.ts';

const BUY = { apikey: 'KEY', symbol: 'SBIN', action: 'BUY', pricetype: 'MARKET', quantity: '100' };
const keyOf = (payload: object) =>
  signalKeyOf(readRequest(httpEvent({ method: 'POST', path: '/' })), payloadOf(payload));

describe('an order for OpenAlgo', () => {
  it.each([
    [{}, { action: 'buy', quantity: '100' }],
    [{ action: 'sell' }, { action: 'sell', quantity: '100' }],
    [{ quantity: 2.5 }, { action: 'buy', quantity: '2.5' }],
    [{ quantity: '' }, { action: 'buy' }],
    [{ pricetype: undefined }, { action: 'buy', quantity: '100' }],
    [{ apikey: undefined }, { action: 'buy', quantity: '100' }],
    [
      { price: '0', trigger_price: '0', disclosed_quantity: '0' },
      { action: 'buy', quantity: '100' },
    ],
    [{ price: '812.4' }, { action: 'buy', quantity: '100', price: '812.4' }],
    // A smart order: the position decides, not the side, and not the quantity.
    [{ position_size: '100' }, { action: 'target', targetQuantity: '100' }],
    [
      { position_size: -100, action: 'SELL' },
      { action: 'target', targetQuantity: '-100' },
    ],
    [
      { position_size: '-100', action: 'BUY', quantity: '0' },
      { action: 'target', targetQuantity: '-100' },
    ],
    [
      { position_size: '0', action: 'SELL' },
      { action: 'target', targetQuantity: '0' },
    ],
    [
      { pricetype: 'LIMIT', price: '812.4', trigger_price: '0' },
      { action: 'buy', quantity: '100', pricing: { type: 'limit', limitPrice: '812.4' } },
    ],
    [
      { pricetype: 'SL', price: 815, trigger_price: 812 },
      {
        action: 'buy',
        quantity: '100',
        pricing: { type: 'stop_limit', stopPrice: '812', limitPrice: '815' },
      },
    ],
    [
      { pricetype: 'sl-m', price: '0', trigger_price: '812' },
      { action: 'buy', quantity: '100', pricing: { type: 'stop', stopPrice: '812' } },
    ],
    [
      { pricetype: 'LIMIT', price: 812, position_size: 5 },
      { action: 'target', targetQuantity: '5', pricing: { type: 'limit', limitPrice: '812' } },
    ],
  ])('with %j is %j', (changes, expected) => {
    expect(signalOf({ ...BUY, ...changes })).toEqual({ symbol: 'SBIN', timeInForce: 'day', ...expected });
  });

  it.each([
    ['symbol', { symbol: undefined }],
    ['action', { action: undefined }],
    ['action', { action: 'HOLD' }],
    ['pricetype', { pricetype: 'STOP', price: '812', trigger_price: '810' }],
    ['price', { pricetype: 'LIMIT' }],
    ['price', { pricetype: 'LIMIT', price: '0' }],
    ['price', { pricetype: 'LIMIT', price: '-812' }],
    ['trigger_price', { pricetype: 'LIMIT', price: '812', trigger_price: '810' }],
    ['trigger_price', { pricetype: 'SL', price: '812' }],
    ['trigger_price', { pricetype: 'SL', price: '812', trigger_price: '0' }],
    ['price', { pricetype: 'SL', price: '0', trigger_price: '810' }],
    ['trigger_price', { pricetype: 'SL-M', trigger_price: 'x' }],
    // It would be a stop-limit order to whoever expects the price to hold.
    ['price', { pricetype: 'SL-M', price: '812', trigger_price: '810' }],
    ['orderType', { orderType: 'limit' }],
    ['quantity', { quantity: '-1' }],
    ['quantity', { quantity: '0' }],
    ['quantity', { quantity: 'NaN' }],
    ['position_size', { position_size: 'flat' }],
    ['price', { price: '-1' }],
    ['trigger_price', { trigger_price: '800' }],
    ['disclosed_quantity', { disclosed_quantity: 10 }],
    ['stopLoss', { stopLoss: { percent: 5 } }],
    ['squareoff', { squareoff: '5' }],
    ['ticker', { ticker: 'SBIN' }],
    ['targetQuantity', { targetQuantity: 5 }],
  ])('is refused by the name %s: %j', (field, changes) => {
    expect(refusedFields({ ...BUY, ...changes })).toEqual([field]);
  });

  it.each(['exchange', 'product', 'strategy', ...ANNOTATIONS])(
    'may carry %s, which changes nothing',
    (field) => {
      expect(signalOf({ ...BUY, [field]: 'NSE' })).toEqual(signalOf(BUY));
    },
  );

  it('shows the secret of its webhook as its apikey', () => {
    const webhook = webhookOf('hook', { secretHash: hashSecret('KEY') });
    const check = (payload: object) =>
      checkCredentials(
        webhook,
        { secrets: [secretOf(payloadOf(payload)) ?? ''] },
        { rawBody: Buffer.from(''), hmacSecrets: [], nowMs: 0 },
      );
    expect(check(BUY)).toBeUndefined();
    expect(check({ ...BUY, apikey: 'OTHER' })).toMatchObject({ statusCode: 401 });
    expect(check({ ...BUY, apikey: 5 })).toMatchObject({ statusCode: 401 });
  });

  it('is the same signal under another apikey', () => {
    expect(keyOf({ ...BUY, apikey: 'ROTATED' })).toEqual(keyOf(BUY));
    expect(keyOf({ ...BUY, quantity: '101' })).not.toEqual(keyOf(BUY));
  });
});
