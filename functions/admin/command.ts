import type * as z from 'zod/mini';
import { CONFIGURED_ID } from '../core/ids.ts';
import { text } from './fields.ts';
import { check, type Read, readJson } from './read-request.ts';
import type { AdminRequest } from './route.ts';

/** Why an operator asks for something, in words for whoever reads the log. */
export const reason = text(1, 500);

/** Reads the body of a command; sending none is the same as sending `{}`. The reason goes to the log. */
export function readCommand<Input extends { readonly reason?: string }>(
  request: AdminRequest,
  schema: z.ZodMiniType<Input>,
): Read<Input> {
  const sent = request.rawBody.length === 0 ? ({ ok: true, value: {} } as const) : readJson(request);
  if (!sent.ok) {
    return sent;
  }
  const input = check(request, schema, sent.value);
  if (input.ok && input.value.reason !== undefined) {
    request.note({ reason: input.value.reason });
  }
  return input;
}

/** The id in the path, if it can be one that operators choose. */
export function configuredIdIn<Id extends string>({ parameters }: AdminRequest): Id | undefined {
  const { id = '' } = parameters;
  return CONFIGURED_ID.test(id) ? (id as Id) : undefined;
}
