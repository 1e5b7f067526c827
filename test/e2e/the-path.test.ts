import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FakeTradovate } from '../brokers/fakes/tradovate/fake-tradovate.ts';
import { closedSession } from '../support/closed-session.ts';
import { startTestCloud, type TestCloud } from '../support/local-cloud.ts';
import { accepted, configure, positionOf, SECRET, settled, trade, venueOrders } from '../support/trading.ts';
import { until } from '../support/until.ts';
import { ALPACA_ACCOUNTS, describeVenues, FUTURES } from './venue-cases.ts';
import {
  type AlpacaFloor,
  openTradovate,
  startAlpacaFloor,
  startTradovateFloor,
  VENUE_SECRETS,
} from './venue-fakes.ts';

let cloud: TestCloud;
let floor: AlpacaFloor;
let tradovate: FakeTradovate;

beforeAll(async () => {
  [floor, tradovate] = await Promise.all([startAlpacaFloor(ALPACA_ACCOUNTS), startTradovateFloor()]);
  cloud = await startTestCloud({ venues: { alpaca: floor.venue.url, tradovate: tradovate.url } });
  await Promise.all([floor.open(cloud), openTradovate(cloud, FUTURES)]);
});
afterAll(async () => {
  await cloud.stop();
  await Promise.all([floor.venue.close(), tradovate.close()]);
});

const signal = (action: string, changes: object = {}) => ({
  symbol: 'MNQM5',
  action,
  quantity: 2,
  price: 21534.25,
  ...changes,
});

describe('a webhook in, an order out', () => {
  it('buys on every account of the strategy, at the sender’s price', async () => {
    await configure(cloud, 'buys', ['buys-1', 'buys-2']);
    const { executions, status } = await settled(cloud, await accepted(cloud, 'buys', signal('buy')));
    expect(status).toBe('accepted');
    expect(executions.map(({ accountId }) => accountId).sort()).toEqual(['buys-1', 'buys-2']);
    for (const { status: executed, orders } of executions) {
      expect(executed).toBe('COMPLETED');
      expect(orders).toMatchObject([
        { side: 'buy', quantity: '2', status: 'FILLED', averageFillPrice: '21534.25' },
      ]);
    }
    expect(await positionOf(cloud, 'buys-2')).toBe('2');
  });

  it('sells what is long, skips a sell of nothing, and exits', async () => {
    await configure(cloud, 'sells', ['sells-1']);
    expect(await trade(cloud, 'sells', signal('sell'))).toMatchObject({
      status: 'SKIPPED',
      reason: 'NO_LONG_POSITION',
      orders: [],
    });
    await trade(cloud, 'sells', signal('buy', { quantity: '3' }));
    await trade(cloud, 'sells', signal('sell', { quantity: '1' }));
    expect(await positionOf(cloud, 'sells-1')).toBe('2');
    await trade(cloud, 'sells', { symbol: 'MNQM5', action: 'exit' });
    expect(await positionOf(cloud, 'sells-1')).toBe('0');
    expect((await venueOrders(cloud, 'sells-1')).map(({ side, quantity }) => `${side} ${quantity}`)).toEqual([
      'buy 3',
      'sell 1',
      'sell 2',
    ]);
  });

  it('fills at the posted price when the sender names none', async () => {
    await configure(cloud, 'posted', ['posted-1']);
    const bare = { symbol: 'MNQM5', action: 'buy', quantity: 1 };
    expect(await trade(cloud, 'posted', bare)).toMatchObject({
      status: 'REJECTED',
      reason: 'ORDER_REJECTED',
    });
    await cloud.mustAdmin('/accounts/posted-1/prices', { body: { symbol: 'MNQM5', price: '123.5' } });
    expect(await trade(cloud, 'posted', { ...bare, id: 'second' })).toMatchObject({
      orders: [{ averageFillPrice: '123.5' }],
    });
  });

  it('takes TradingView’s alerts as JSON and as text/plain', async () => {
    await configure(cloud, 'tradingview', ['tradingview-1']);
    const alert = { ticker: 'MNQM5', action: 'buy', quantity: '1', price: '100', secret: SECRET };
    const asText = await cloud.send('tradingview', JSON.stringify(alert), { 'content-type': 'text/plain' });
    expect(asText.status).toBe(202);
    const closing = {
      ...alert,
      action: 'sell',
      quantity: '5',
      marketPosition: 'flat',
      timenow: new Date().toISOString(),
    };
    expect(await trade(cloud, 'tradingview', closing)).toMatchObject({
      status: 'COMPLETED',
      orders: [{ side: 'sell', quantity: '1' }],
    });
  });

  it('lets a second strategy on the account see the first one’s position', async () => {
    await configure(cloud, 'first', ['shared-1']);
    await configure(cloud, 'second', ['shared-1']);
    await trade(cloud, 'first', signal('buy', { quantity: 4 }));
    expect(await trade(cloud, 'second', signal('sell', { quantity: 9 }))).toMatchObject({
      orders: [{ side: 'sell', quantity: '4' }],
    });
    expect(await positionOf(cloud, 'shared-1')).toBe('0');
  });

  it('answers a duplicate with the first answer and trades once', async () => {
    await configure(cloud, 'twice', ['twice-1']);
    const headers = { 'x-webhook-secret': SECRET };
    const [first, second] = await Promise.all([
      cloud.send('twice', signal('buy'), headers),
      cloud.send('twice', signal('buy'), headers),
    ]);
    expect([first.status, second.status]).toEqual([202, 202]);
    expect(second.body).toEqual(first.body);
    expect([first, second].filter((each) => each.headers.get('idempotent-replayed') === 'true')).toHaveLength(
      1,
    );
    const { signalId } = first.body as { signalId: string };
    expect(await settled(cloud, signalId)).toMatchObject({ duplicates: 1 });
    expect(await venueOrders(cloud, 'twice-1')).toHaveLength(1);
  });

  it('rehearses a venue that rejects, and one that is unavailable', async () => {
    const faulty = (kind: string) => ({ account: { simulation: { faults: [{ kind, always: true }] } } });
    await configure(cloud, 'rejects', ['rejects-1'], faulty('reject'));
    expect(await trade(cloud, 'rejects', signal('buy'))).toMatchObject({ status: 'REJECTED' });
    await configure(cloud, 'away', ['away-1'], faulty('unavailable'));
    expect(await trade(cloud, 'away', signal('buy'))).toMatchObject({
      status: 'ROLLED_BACK',
      orders: [{ status: 'DENIED' }],
    });
    expect(await venueOrders(cloud, 'away-1')).toEqual([]);
  });

  it('rehearses an account without the funds, and a market that is closed', async () => {
    const poor = { cash: 80_000, simulation: { leverage: 1 } };
    await configure(cloud, 'poor', ['poor-1'], { account: poor });
    expect(await trade(cloud, 'poor', signal('buy'))).toMatchObject({
      status: 'REJECTED',
      reason: 'INSUFFICIENT_FUNDS',
    });
    const session = closedSession();
    await configure(cloud, 'closed', ['closed-1'], { account: { simulation: { session } } });
    expect(await trade(cloud, 'closed', signal('buy'))).toMatchObject({
      status: 'REJECTED',
      reason: 'MARKET_CLOSED',
    });
  });
});

describeVenues(() => ({ cloud, floor, tradovate }));

describe('one correlation id', () => {
  it('goes from the request through queue, execution and log lines, and stays out of other invocations', async () => {
    await configure(cloud, 'traced', ['traced-1']);
    const correlationId = 'trace-me-4711';
    const headers = { 'x-webhook-secret': SECRET, 'x-correlation-id': correlationId };
    const answer = await cloud.send('traced', signal('buy'), headers);
    expect(answer.headers.get('x-correlation-id')).toBe(correlationId);
    const { signalId } = answer.body as { signalId: string };
    const receipt = await settled(cloud, signalId);
    expect(receipt.correlationId).toBe(correlationId);
    const [execution] = receipt.executions;
    expect(
      await cloud.mustAdmin(`/executions/${encodeURIComponent(execution?.executionId ?? '')}`),
    ).toMatchObject({ correlationId });
    const lines = (name: string) => cloud.cloud.logs(name).filter((line) => line.includes(correlationId));
    await until(async () => (lines('strategy').length > 0 ? true : undefined), 'the strategy’s log line');
    expect(lines('ingest')).toHaveLength(1);
    expect(JSON.parse(lines('strategy')[0] ?? '{}')).toMatchObject({
      level: 'INFO',
      signalId,
      durationMs: expect.any(Number),
    });

    const refused = await cloud.send('traced', 'nonsense', { 'x-webhook-secret': SECRET });
    expect(refused.status).toBe(400);
    expect(lines('ingest')).toHaveLength(1);
  });
});

describe('secrets', () => {
  it('are in no log line and no answer', async () => {
    const hmacSecret = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`;
    await configure(cloud, 'discreet', ['discreet-1'], { webhook: { hmacSecrets: [hmacSecret] } });
    await cloud.send('discreet', { ...signal('buy'), secret: SECRET });
    await cloud.call(`/webhooks/discreet?token=${SECRET}`, { body: signal('buy', { id: '2' }) });
    await cloud.send('discreet', { ...signal('buy'), secret: 'a-wrong-secret-value' });
    await cloud.send('discreet', `{"secret":"${SECRET}",`, { 'x-webhook-secret': SECRET });
    const shown = JSON.stringify([
      await cloud.mustAdmin('/webhooks/discreet'),
      await cloud.mustAdmin('/webhooks'),
      await cloud.mustAdmin('/signals'),
    ]);
    const logged = cloud.cloud.functionNames.flatMap((name) => cloud.cloud.logs(name)).join('\n');
    expect(logged).toContain('"service":"ingest"');
    const ours = [SECRET, hmacSecret, 'a-wrong-secret-value', cloud.operatorToken];
    for (const secret of [...ours, ...Object.values(VENUE_SECRETS)]) {
      expect(logged).not.toContain(secret);
      expect(shown).not.toContain(secret);
    }
  });
});

describe('access', () => {
  const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });
  const issue = async (body: object) =>
    (await cloud.mustAdmin('/tokens', { method: 'POST', body })) as { token: string; tokenId: string };

  it('is given at once, bound to scopes, and taken away', async () => {
    const { token } = await issue({ role: 'operator', scopes: ['operate'] });
    const halted = { ...bearer(token), method: 'POST' };
    expect((await cloud.admin('/accounts/absent/halt', halted)).status).toBe(404);
    expect((await cloud.admin('/webhooks/absent', { ...halted, method: 'DELETE' })).status).toBe(403);

    // One that no environment remembers yet; what is remembered ends after half a minute (test/admin/tokens.test.ts).
    const revoked = await issue({ role: 'operator' });
    await cloud.mustAdmin(`/tokens/${revoked.tokenId}`, { method: 'DELETE' });
    expect((await cloud.admin('/webhooks', bearer(revoked.token))).status).toBe(401);
  });

  it('is refused to pages of other origins, and every answer says what it is', async () => {
    const asked = { method: 'OPTIONS', headers: { origin: 'https://evil.example' } };
    for (const { headers } of [await cloud.admin('/webhooks', asked), await cloud.call('/health', asked)]) {
      expect([...headers.keys()].filter((name) => name.startsWith('access-control-'))).toEqual([]);
      expect(headers.get('content-security-policy')).toBe("default-src 'none'; frame-ancestors 'none'");
      expect(headers.get('referrer-policy')).toBe('no-referrer');
    }
  });

  it('to settings counts for the next signal, in environments that know the webhook', async () => {
    await cloud.mustAdmin('/webhooks/flagged', { method: 'PUT', body: { secret: SECRET } });
    const send = (id: string) => cloud.send('flagged', signal('buy', { id }), { 'x-webhook-secret': SECRET });
    await cloud.mustAdmin('/settings', { method: 'PUT', body: { rateLimit: { windowSeconds: 3_600 } } });
    expect((await send('1')).status).toBe(202);
    expect((await send('2')).status).toBe(429);
    await cloud.mustAdmin('/settings', { method: 'PUT', body: { rateLimit: { limit: 10 } } });
    expect((await send('3')).status).toBe(202);
  });
});
