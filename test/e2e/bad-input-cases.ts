import { ACCESS_CASES } from './bad-input-access-cases.ts';
import { BODY_CASES } from './bad-input-body-cases.ts';
import type { BadInputCase } from './bad-input-case.ts';
import { HTTP_CASES } from './bad-input-http-cases.ts';
import { SIGNAL_CASES } from './bad-input-signal-cases.ts';

/** Everything that nobody should send, by what is wrong with it, and the exact answer to each. */
export const BAD_INPUT: Readonly<Record<string, readonly BadInputCase[]>> = {
  'the body': BODY_CASES,
  'the signal': SIGNAL_CASES,
  'the sender': ACCESS_CASES,
  'the HTTP request': HTTP_CASES,
};
