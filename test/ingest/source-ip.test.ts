import { describe, expect, it } from 'vitest';
import { checkSourceIp } from '../../functions/ingest/authenticate.ts';
import { webhookOf } from '../support/world.ts';

const isAllowed = (allowedIps: readonly string[], sourceIp: string): boolean =>
  checkSourceIp(webhookOf('demo', { allowedIps }), sourceIp) === undefined;

describe('the address list', () => {
  it.each([
    // IPv4
    [['192.0.2.1'], '192.0.2.1', true],
    [['192.0.2.1'], '192.0.2.2', false],
    [['192.0.2.1'], '192.0.2.10', false],
    [['192.0.2.0/24'], '192.0.2.255', true],
    [['192.0.2.0/24'], '192.0.3.0', false],
    [['192.0.2.77/24'], '192.0.2.1', true],
    [['10.0.0.0/8'], '10.255.255.255', true],
    [['10.0.0.0/8'], '11.0.0.0', false],
    [['192.0.2.1/32'], '192.0.2.1', true],
    [['192.0.2.1/32'], '192.0.2.0', false],
    [['192.0.2.0/31'], '192.0.2.1', true],
    [['0.0.0.0/0'], '203.0.113.200', true],
    [['10.0.0.0/8', '192.0.2.1'], '192.0.2.1', true],
    // IPv6
    [['2001:db8::1'], '2001:db8::1', true],
    [['2001:db8::1'], '2001:DB8:0:0:0:0:0:1', true],
    [['2001:db8::1'], '2001:db8::2', false],
    [['2001:db8::/32'], '2001:db8:ffff::1', true],
    [['2001:db8::/32'], '2001:db9::1', false],
    [['2001:db8::/33'], '2001:db8:8000::1', false],
    [['::/0'], '2001:db8::1', true],
    [['::1/128'], '::1', true],
    // One family says nothing of the other.
    [['0.0.0.0/0'], '2001:db8::1', false],
    [['2001:db8::/32'], '192.0.2.1', false],
    // IPv4 in IPv6 is IPv4.
    [['192.0.2.0/24'], '::ffff:192.0.2.7', true],
    [['192.0.2.0/24'], '::FFFF:192.0.2.7', true],
    [['192.0.2.0/24'], '::ffff:192.0.3.7', false],
    [['192.0.2.0/24'], '::ffff:c000:207', true],
    [['192.0.2.0/24'], '::ffff:c000:307', false],
    // TradingView
    [['tradingview'], '52.89.214.238', true],
    [['tradingview'], '34.212.75.30', true],
    [['tradingview'], '54.218.53.128', true],
    [['tradingview'], '52.32.178.7', true],
    [['tradingview'], '::ffff:52.32.178.7', true],
    [['tradingview'], '52.32.178.8', false],
    [['tradingview'], '127.0.0.1', false],
    [['tradingview', '127.0.0.1'], '127.0.0.1', true],
    // What is no address is nobody's.
    [['192.0.2.1'], '', false],
    [['192.0.2.1'], '192.0.2.1, 10.0.0.1', false],
    [['192.0.2.1'], '192.0.2.1:443', false],
    [['192.0.2.1'], '192.0.2.01', false],
    [['192.0.2.1'], '3221225985', false],
    [['0.0.0.0/0', '::/0'], 'localhost', false],
  ])('%j lets %s in: %s', (allowedIps, sourceIp, expected) => {
    expect(isAllowed(allowedIps, sourceIp)).toBe(expected);
  });

  it('that is empty lets everybody in', () => {
    expect(isAllowed([], '203.0.113.9')).toBe(true);
    expect(isAllowed([], '2001:db8::1')).toBe(true);
  });

  it('refuses with 403 and the address', () => {
    expect(checkSourceIp(webhookOf('demo', { allowedIps: ['10.0.0.0/8'] }), '203.0.113.9')).toEqual({
      statusCode: 403,
      code: 'IP_NOT_ALLOWED',
      message: 'The address 203.0.113.9 may not use this webhook.',
    });
  });
});
