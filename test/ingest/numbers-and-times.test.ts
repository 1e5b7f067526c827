import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import { CANONICAL } from '../core/rational.ts';
import { NOW_MS, payloadOf, refusedFields, signalOf } from './signal-case.ts';

const withField = (field: string, json: string) =>
  `{"symbol":"A","action":"buy",${JSON.stringify(field)}:${json}}`;

describe('a quantity or price', () => {
  it.each([
    ['2', '2'],
    ['"2"', '2'],
    ['0.10', '0.1'],
    ['" 0.5 "', '0.5'],
    ['"+5"', '5'],
    ['1e3', '1000'],
    ['"1e-8"', '0.00000001'],
    ['999999999999999', '999999999999999'],
    ['"0.000000000000000001"', '0.000000000000000001'],
    ['123456789012345.123456789012345678', '123456789012345.123456789012345678'],
    ['0.1e1', '1'],
    ['"007"', '7'],
  ])('%s is %s', (json, expected) => {
    expect(signalOf(withField('quantity', json)).quantity).toBe(expected);
    expect(signalOf(withField('price', json)).price).toBe(expected);
  });

  it.each(['null', '""'])('%s is none', (json) => {
    expect(signalOf(withField('quantity', json))).not.toHaveProperty('quantity');
  });

  it.each([
    '0',
    '-1',
    '"-0.5"',
    '"0.000"',
    '-0',
    '"+0"',
    '"-"',
    '1e309',
    '1e15',
    '1e999',
    '"1e1000"',
    '1e-19',
    '1000000000000000',
    '0.0000000000000000001',
    '"1234567890123456789012345678901234567890"',
    '1234567890123456789012345678901234567890',
    '0.1234567890123456789012345678901234567890',
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '"null"',
    '"undefined"',
    '"1,5"',
    '"1,000.00"',
    '"1_000"',
    '"0x10"',
    '"2 contracts"',
    '"$5"',
    '"50%"',
    '"1/2"',
    '"٣"',
    '"２"',
    '" "',
    '"{{strategy.order.contracts}}"',
    'true',
    'false',
    '[]',
    '[1]',
    '{}',
    '{"source":"5"}',
    '{"value":1}',
  ])('%s is refused by name', (json) => {
    expect(refusedFields(withField('quantity', json))).toEqual(['quantity']);
    expect(refusedFields(withField('price', json))).toEqual(['price']);
    expect(refusedFields(`{"ticker":"A","action":"buy","contracts":${json}}`)).toEqual(['contracts']);
  });

  it('is refused without the control characters that were sent, and short', () => {
    const result = readSignal(
      payloadOf(withField('quantity', `"\\u0000\\u202e\\u001b[31m${'x'.repeat(200)}"`)),
      NOW_MS,
    );
    const text = JSON.stringify(result);
    expect(text).toMatch(/^[\x20-\x7e…]*$/);
    expect(text.length).toBeLessThan(500);
  });

  it('of any text is positive and canonical, or refused', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.stringMatching(/^[-+]?[0-9]{0,20}\.?[0-9]{0,20}([eE][-+]?[0-9]{1,4})?$/)),
        (text) => {
          const result = readSignal(payloadOf(withField('quantity', JSON.stringify(text))), NOW_MS);
          if (result.ok) {
            expect(result.value.quantity ?? '1').toMatch(CANONICAL);
            expect(result.value.quantity ?? '1').not.toMatch(/^-|^0$/);
          } else {
            expect(result.refusal.details).toMatchObject([{ field: 'quantity' }]);
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a time', () => {
  it.each([
    ['"2026-09-15T14:35:01Z"', '2026-09-15T14:35:01.000Z'],
    ['"2026-09-15T14:35:01.123Z"', '2026-09-15T14:35:01.123Z'],
    ['"2026-09-15T14:35:01.123456789Z"', '2026-09-15T14:35:01.123Z'],
    ['"2026-09-15T14:35Z"', '2026-09-15T14:35:00.000Z'],
    ['"2026-09-15T16:35:01+02:00"', '2026-09-15T14:35:01.000Z'],
    ['"2026-09-15T09:35:01-05:00"', '2026-09-15T14:35:01.000Z'],
    ['" 2026-09-15T14:35:01Z "', '2026-09-15T14:35:01.000Z'],
    ['"2024-02-29T00:00:00Z"', '2024-02-29T00:00:00.000Z'],
    ['1789482901', '2026-09-15T14:35:01.000Z'],
    ['"1789482901"', '2026-09-15T14:35:01.000Z'],
    ['1789482901123', '2026-09-15T14:35:01.123Z'],
    ['"1789482901123"', '2026-09-15T14:35:01.123Z'],
    ['1789482901.5', '2026-09-15T14:35:01.500Z'],
    ['"1789482901.123456"', '2026-09-15T14:35:01.123Z'],
  ])('%s is %s', (json, expected) => {
    expect(signalOf(withField('time', json)).sentAtMs).toBe(Date.parse(expected));
  });

  it.each([
    '0',
    '-1',
    '1',
    '1e12',
    '"yesterday"',
    '"2026-09-15"',
    '"2026-09-15T14:35:01"',
    '"2026-09-15 14:35:01Z"',
    '"15.09.2026 14:35"',
    '"Tue, 15 Sep 2026 14:35:01 GMT"',
    '"2026-13-01T00:00:00Z"',
    '"2026-00-01T00:00:00Z"',
    '"2026-02-30T00:00:00Z"',
    '"2026-02-31T00:00:00Z"',
    '"2026-04-31T00:00:00Z"',
    '"2025-02-29T00:00:00Z"',
    '"2026-09-15T25:00:00Z"',
    '"2026-09-15T14:60:00Z"',
    '"2026-09-15T14:35:01+99:99"',
    '"{{timenow}}"',
    '"NaN"',
    '1e400',
    '17894829010000000',
    'true',
    '{}',
    '[]',
    '["2026-09-15T14:35:01Z"]',
    '[1789482901]',
  ])('%s is refused by name', (json) => {
    expect(refusedFields(withField('time', json))).toEqual(['time']);
  });

  it('may be five minutes ahead, for clocks that are, and not more', () => {
    const at = (aheadMs: number) => withField('time', String(NOW_MS + aheadMs));
    expect(signalOf(at(300_000)).sentAtMs).toBe(NOW_MS + 300_000);
    expect(refusedFields(at(300_001))).toEqual(['time']);
    expect(refusedFields(withField('time', '"2999-01-01T00:00:00Z"'))).toEqual(['time']);
  });
});
