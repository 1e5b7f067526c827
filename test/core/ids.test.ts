import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type AccountId,
  CONFIGURED_ID,
  clientOrderIdOf,
  executionIdOf,
  parseExecutionId,
  parseSignalId,
  type SignalId,
  type StrategyId,
  signalIdOf,
  signalIdPrefixAt,
  signalTimeMsOf,
  type WebhookId,
} from '../../functions/core/ids.ts';

const HOOK = 'hook' as WebhookId;
const configuredId = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,47}$/);
/** From 1970 to the year 10889, the end of the encoding's ten characters. */
const epochMs = fc.nat({ max: 281_474_976_710_655 });
const signalId = fc
  .tuple(configuredId, fc.string(), epochMs)
  .map(([webhookId, key, atMs]) => signalIdOf(webhookId as WebhookId, key, atMs));

describe('signal ids', () => {
  it('sort by the time the signal was first seen', () => {
    fc.assert(
      fc.property(epochMs, epochMs, fc.string(), fc.string(), (left, right, leftKey, rightKey) => {
        fc.pre(left !== right);
        const [earlier, later] = [Math.min(left, right), Math.max(left, right)];
        expect(signalIdOf(HOOK, leftKey, earlier) < signalIdOf(HOOK, rightKey, later)).toBe(true);
      }),
    );
  });

  it('tell that time and begin with its prefix', () => {
    fc.assert(
      fc.property(epochMs, fc.string(), (atMs, key) => {
        const id = signalIdOf(HOOK, key, atMs);
        expect(signalTimeMsOf(id)).toBe(atMs);
        expect(id.startsWith(signalIdPrefixAt(atMs))).toBe(true);
        expect(parseSignalId(id)).toBe(id);
        expect(id).toHaveLength(30);
      }),
    );
  });

  it('are the same for the same webhook, key and time, and differ when one of them does', () => {
    const inputs = fc.tuple(configuredId, fc.string(), epochMs);
    fc.assert(
      fc.property(inputs, inputs, (left, right) => {
        const [leftId, rightId] = [left, right].map(([webhookId, key, atMs]) =>
          signalIdOf(webhookId as WebhookId, key, atMs),
        );
        expect(leftId === rightId).toBe(JSON.stringify(left) === JSON.stringify(right));
      }),
    );
    // The border between the parts counts.
    expect(signalIdOf('ab' as WebhookId, 'c', 1)).not.toBe(signalIdOf('a' as WebhookId, 'bc', 1));
  });

  it('are unique over a busy second', () => {
    const ids = Array.from({ length: 20_000 }, (_, index) => signalIdOf(HOOK, `key-${index}`, index % 1_000));
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each([
    '',
    'sig_',
    'sig_0123456789abcdefghjkmnpqr',
    'sig_0123456789abcdefghjkmnpqrst',
    'SIG_0123456789abcdefghjkmnpqrs',
    'sig_0123456789abcdefghjkmnpqrI',
    'sig_0123456789abcdefghjkmnpqru',
    'sig_0123456789abcdefghjkmnpqrs\n',
    ' sig_0123456789abcdefghjkmnpqrs',
  ])('%j is none', (text) => {
    expect(parseSignalId(text)).toBeUndefined();
  });
});

describe('execution ids', () => {
  it('come apart into what they were made of', () => {
    fc.assert(
      fc.property(signalId, configuredId, configuredId, (signal, strategyId, accountId) => {
        const executionId = executionIdOf(signal, strategyId as StrategyId, accountId as AccountId);
        expect(parseExecutionId(executionId)).toEqual({
          executionId,
          signalId: signal,
          strategyId,
          accountId,
        });
        expect(executionId.length).toBeLessThanOrEqual(128);
        // SQS takes letters, digits and punctuation in deduplication ids, and nothing else.
        expect(executionId).toMatch(/^[!-~]+$/);
      }),
    );
  });

  it('of the longest configured ids fit into the 128 characters of a deduplication id', () => {
    const longest = 'a'.repeat(48);
    expect(longest).toMatch(CONFIGURED_ID);
    expect(`${longest}a`).not.toMatch(CONFIGURED_ID);
    const id = executionIdOf(signalIdOf(HOOK, 'key', 1), longest as StrategyId, longest as AccountId);
    expect(id).toHaveLength(128);
    expect(parseExecutionId(id)).toBeDefined();
  });

  const SIGNAL = signalIdOf(HOOK, 'key', 1);
  it.each([
    '',
    SIGNAL,
    `${SIGNAL}~s`,
    `${SIGNAL}~s~`,
    `${SIGNAL}~~a`,
    `~s~a`,
    `${SIGNAL}~s~a~x`,
    `${SIGNAL}~s~a `,
    `${SIGNAL}~s~../a`,
    `${SIGNAL}~s~${'a'.repeat(49)}`,
    `${SIGNAL.toUpperCase()}~s~a`,
  ])('%j is none', (text) => {
    expect(parseExecutionId(text)).toBeUndefined();
  });
});

describe('client order ids', () => {
  const execution = (signal: SignalId, account: string) =>
    executionIdOf(signal, 'strategy' as StrategyId, account as AccountId);

  it('are a pure function of execution and leg', () => {
    fc.assert(
      fc.property(signalId, configuredId, fc.constantFrom('entry', 'exit'), (signal, account, leg) => {
        const id = clientOrderIdOf(execution(signal, account), leg);
        expect(clientOrderIdOf(execution(signal, account), leg)).toBe(id);
        expect(clientOrderIdOf(execution(signal, account), `${leg}2`)).not.toBe(id);
        expect(clientOrderIdOf(execution(signal, `x${account}`), leg)).not.toBe(id);
        // Short enough and plain enough for every venue: Alpaca takes 48 characters.
        expect(id).toMatch(/^of[0-9a-z]{30}$/);
      }),
    );
  });
});

describe('configured ids', () => {
  it.each(['a', '0', 'paper-1', 'A.b_c-9', 'a'.repeat(48)])('%j is allowed', (id) => {
    expect(id).toMatch(CONFIGURED_ID);
  });

  it.each(['', '.', '..', '-a', '_a', 'a~b', 'a/b', 'a b', 'a\n', 'ä', 'a#b', 'a'.repeat(49), '__proto__'])(
    '%j is not',
    (id) => {
      expect(id).not.toMatch(CONFIGURED_ID);
    },
  );
});
