import type { Reason } from '../core/execution.ts';
import { type ErrorDetail, type HttpAnswer, type HttpRequest, refuse } from '../shared/http.ts';

/** The refusals of the admin API, each with its stable code. */

export function unauthenticated({ correlationId }: HttpRequest): HttpAnswer {
  const message = 'Send a valid token in the header "Authorization: Bearer <token>".';
  return withHeader(
    refuse({ statusCode: 401, code: 'UNAUTHENTICATED', message }, correlationId),
    'www-authenticate',
    'Bearer',
  );
}

export function forbidden({ correlationId }: HttpRequest, message: string): HttpAnswer {
  return refuse({ statusCode: 403, code: 'FORBIDDEN', message }, correlationId);
}

export function notFound({ correlationId }: HttpRequest, message: string): HttpAnswer {
  return refuse({ statusCode: 404, code: 'NOT_FOUND', message }, correlationId);
}

export function methodNotAllowed(
  { correlationId, method }: HttpRequest,
  allowed: readonly string[],
): HttpAnswer {
  const names = allowed.join(', ');
  const message = `${method} is not possible here; ${names} is.`;
  return withHeader(
    refuse({ statusCode: 405, code: 'METHOD_NOT_ALLOWED', message }, correlationId),
    'allow',
    names,
  );
}

/** It cannot be done as things are; the message says how they are. */
export function conflict({ correlationId }: HttpRequest, message: string): HttpAnswer {
  return refuse({ statusCode: 409, code: 'CONFLICT', message }, correlationId);
}

export function malformed({ correlationId }: HttpRequest, message: string): HttpAnswer {
  return refuse({ statusCode: 400, code: 'MALFORMED', message }, correlationId);
}

export function tooLarge({ correlationId }: HttpRequest, bytesMax: number): HttpAnswer {
  const message = `The body may have at most ${bytesMax} bytes.`;
  return refuse({ statusCode: 413, code: 'TOO_LARGE', message }, correlationId);
}

/** What was sent is well formed and means nothing valid. @param details what is wrong, by field, and what is allowed */
export function invalid({ correlationId }: HttpRequest, details: readonly ErrorDetail[]): HttpAnswer {
  const [first] = details;
  const message = first ? `${first.field} ${first.message}.` : 'The request is not valid.';
  return refuse({ statusCode: 422, code: 'INVALID', message, details }, correlationId);
}

/** What was sent means something, and the state of things or the venue rules it out: with the code to act on. */
export function refused({ correlationId }: HttpRequest, { code, message }: Reason): HttpAnswer {
  return refuse({ statusCode: 422, code, message }, correlationId);
}

function withHeader(answered: HttpAnswer, name: string, value: string): HttpAnswer {
  return { ...answered, headers: { ...answered.headers, [name]: value } };
}
