import * as z from 'zod/mini';
import { assertNever } from '../../core/errors.ts';
import type { UnknownOutcome } from '../broker.ts';
import type { NotDone } from '../credentials.ts';
import type { Answer } from './client.ts';
import { UNREADABLE } from './wire.ts';

/** What reading something came to. */
export type Read<Value> = { readonly kind: 'read'; readonly value: Value } | UnknownOutcome;

/** Reads an answer. Whatever keeps it from being read, nothing is known then of what was asked about. */
export async function read<Value>(asked: Promise<Answer>, shape: z.ZodMiniType<Value>): Promise<Read<Value>> {
  const answer = await asked;
  switch (answer.kind) {
    case 'answer': {
      const parsed = z.safeParse(shape, answer.body);
      return parsed.success ? { kind: 'read', value: parsed.data } : UNREADABLE;
    }
    case 'refused':
      return unavailable({ message: `Tradovate answered ${answer.status}.` });
    case 'busy':
    case 'unauthorized':
      return unavailable(answer);
    case 'unknown':
      return answer;
    default:
      return assertNever(answer);
  }
}

/** What it means for a question that nothing was sent or looked at. */
export function unavailable({ message }: Pick<NotDone, 'message'>): UnknownOutcome {
  return { kind: 'unknown', cause: 'unavailable', message };
}
