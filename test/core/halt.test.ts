import { expect, it } from 'vitest';
import { type Halt, type HaltScope, haltThatStops } from '../../functions/core/halt.ts';

const haltOf = (scope: HaltScope, reason: string = scope): Halt => ({
  scope,
  reason,
  haltedBy: 'operator',
  haltedAtMs: 1,
});

const EXIT = { reduceOnly: true };
const ENTRY = { reduceOnly: false };

it.each([
  [[], ENTRY, undefined],
  [[undefined], ENTRY, undefined],
  [[haltOf('all')], ENTRY, 'all'],
  [[haltOf('all')], EXIT, 'all'],
  [[haltOf('entries')], ENTRY, 'entries'],
  [[haltOf('entries')], EXIT, undefined],
  [[undefined, haltOf('entries'), haltOf('all')], EXIT, 'all'],
  [[haltOf('all', 'first'), haltOf('all', 'second')], EXIT, 'first'],
] as const)('of %j the one that stops %j is %s', (halts, order, reason) => {
  expect(haltThatStops(halts, order)?.reason).toBe(reason);
});
