import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  areSameDigest,
  hashSecret,
  hmacSecretName,
  matchesSecretHash,
} from '../../functions/shared/webhook-secrets.ts';

describe('a stored secret', () => {
  it('is matched by itself and by nothing else', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (secret, other) => {
        const stored = hashSecret(secret);
        expect(matchesSecretHash(secret, stored)).toBe(true);
        expect(matchesSecretHash(other, stored)).toBe(other === secret);
        expect(matchesSecretHash(`${secret} `, stored)).toBe(false);
      }),
    );
  });

  it('does not show the secret, and no two look alike', () => {
    const secret = 'correct-horse-battery-staple';
    const stored = Array.from({ length: 50 }, () => hashSecret(secret));
    expect(new Set(stored).size).toBe(50);
    expect(stored.join()).not.toContain(secret);
    expect(stored[0]).toMatch(/^[\w-]{22}:[\w-]{43}$/);
  });

  it.each(['', ':', 'salt', 'salt:', ':hash', 'salt:hash:more'])(
    'that is damaged (%j) is matched by nothing',
    (stored) => {
      for (const presented of ['', 'hash', 'salt', ':', stored]) {
        expect(matchesSecretHash(presented, stored)).toBe(false);
      }
    },
  );
});

describe('comparing in constant time', () => {
  it('says what === says, whatever the lengths', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        expect(areSameDigest(left, right)).toBe(left === right);
        expect(areSameDigest(left, left)).toBe(true);
      }),
    );
  });
});

describe('the name of HMAC secrets', () => {
  it('is under the prefix of the stage', () => {
    expect(hmacSecretName('onefill/local/', 'demo')).toBe('onefill/local/webhooks/demo');
  });
});
