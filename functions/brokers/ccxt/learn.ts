import type * as z from 'zod/mini';
import type { UnknownOutcome } from '../broker.ts';
import type { Call, CcxtRequest } from './call.ts';
import { asUnknown } from './errors.ts';

/** What an exchange knows, or that it did not say. */
export type Known<Value> = { readonly kind: 'known'; readonly value: Value } | UnknownOutcome;

/** Asks a question whose refusal says as little as no answer. */
export async function learn<Answer, Value>(
  call: Call,
  request: CcxtRequest,
  shape: z.ZodMiniType<Answer>,
  toValue: (answer: Answer) => Value | Promise<Value>,
): Promise<Known<Value>> {
  const asked = await call.ask(request, shape);
  return asked.kind === 'answer'
    ? { kind: 'known', value: await toValue(asked.answer) }
    : asUnknown(call.exchange, asked);
}
