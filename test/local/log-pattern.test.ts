import { describe, expect, it } from 'vitest';
import { readLogPattern } from '../../lib/local/log-pattern.ts';

const CRITICAL = '{"level":"ERROR","alert":{"severity":"CRITICAL","type":"drift","count":2}}';
const LOW = '{"level":"ERROR","alert":{"severity":"LOW","count":10}}';
const PLAIN = '{"level":"INFO","message":"an alert","alert":null}';
const BROKEN = '{"level":';
const TEXT = 'environment 12 ended';

describe('a pattern of a subscription filter', () => {
  it.each([
    ['', [CRITICAL, LOW, PLAIN, TEXT, BROKEN]],
    ['{ $.alert.severity = * }', [CRITICAL, LOW]],
    ['{ $.alert.severity = "CRITICAL" }', [CRITICAL]],
    ['{$.alert.severity=CRITICAL}', [CRITICAL]],
    ['{ $.alert.severity = "CRIT*" }', [CRITICAL]],
    ['{ $.alert.severity != "CRITICAL" }', [LOW]],
    ['{ $.alert.count = 2 }', [CRITICAL]],
    ['{ $.alert.type EXISTS }', [CRITICAL]],
    ['{ $.level = "INFO" || $.alert.count = 10 && $.alert.severity = "LOW" }', [LOW, PLAIN]],
    ['{ ($.level = "INFO" || $.alert.count = 10) && $.alert.severity = "LOW" }', [LOW]],
    ['{ ($.alert.severity = "CRITICAL") || ($.alert.severity = "LOW") }', [CRITICAL, LOW]],
    ['{ $.message = "an alert" }', [PLAIN]],
    ['{ $.level = "a.b" }', []],
  ])('%s', (pattern, wanted) => {
    const wants = readLogPattern(pattern);

    expect([CRITICAL, LOW, PLAIN, TEXT, BROKEN].filter((line) => wants?.(line))).toEqual(wanted);
  });

  it.each([
    'ERROR',
    '?ERROR ?WARN',
    '[ip, user]',
    '{ $.a > 1 }',
    '{ $.a IS NULL }',
    '{ $.a[0] = 1 }',
    '{ $.a }',
    '{ $.a = }',
    '{ $.a = 1 && }',
    '{ ($.a = 1 }',
    '{ $.a = 1 $.b = 2 }',
    '{ }',
    '{ %error% }',
  ])('%s is of a kind that nobody reads here', (pattern) => {
    expect(readLogPattern(pattern)).toBeUndefined();
  });
});
