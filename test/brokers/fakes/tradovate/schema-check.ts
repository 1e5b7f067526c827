import { Ajv, type ValidateFunction } from 'ajv';
import type { VenueAnswer, VenueRequest } from '../http-venue.ts';
import { PENALTY, SCHEMAS } from './schema.ts';

const ajv = new Ajv({ allErrors: true });
const isPenalty = ajv.compile(PENALTY);
const compiled = Object.fromEntries(
  Object.entries(SCHEMAS).map(([path, { request, answer }]) => [
    path,
    { request: request && ajv.compile(request), answer: ajv.compile(answer) },
  ]),
);

/** What in a request is not as Tradovate's published schema has it; empty when all is well. */
export function problemsOfRequest({ method, path, body }: VenueRequest): string[] {
  const schemas = compiled[path];
  if (!schemas) {
    return [`${method} ${path} is not in the schema`];
  }
  if (!schemas.request) {
    return method === 'GET' && body === '' ? [] : [`${path} takes no body`];
  }
  return method === 'POST' ? problems(path, schemas.request, JSON.parse(body)) : [`${path} wants a POST`];
}

/** What in an answer with 200 is not as the schema has it. */
export function problemsOfAnswer(path: string, { status, body }: VenueAnswer): string[] {
  const schemas = compiled[path];
  if (!schemas || status !== 200 || typeof body === 'string' || isPenalty(body)) {
    return [];
  }
  return problems(path, schemas.answer, body);
}

function problems(path: string, validate: ValidateFunction, value: unknown): string[] {
  return validate(value)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message }) => `${path}${instancePath} ${message}`);
}
