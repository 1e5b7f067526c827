import * as z from 'zod/mini';
import type { ErrorDetail, HttpAnswer, HttpRequest } from '../shared/http.ts';
import { parseJson } from '../shared/json.ts';
import { detailsOf, onlyFields } from './fields.ts';
import { invalid, malformed, tooLarge } from './refusals.ts';

/** Something read from a request, or the answer that says why it cannot be. */
export type Read<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly answer: HttpAnswer };

const BODY_BYTES_MAX = 256 * 1024;

/** Reads the body as JSON, its numbers exact. */
export function readJson(request: HttpRequest): Read<unknown> {
  if (request.rawBody.length > BODY_BYTES_MAX) {
    return { ok: false, answer: tooLarge(request, BODY_BYTES_MAX) };
  }
  const json = parseJson(request.rawBody.toString('utf8'), { exactNumbers: true });
  return json.ok ? json : { ok: false, answer: malformed(request, json.message) };
}

/** Checks what was sent against a schema. */
export function check<Value>(request: HttpRequest, schema: z.ZodMiniType<Value>, sent: unknown): Read<Value> {
  const checked = z.safeParse(schema, sent);
  return checked.success
    ? { ok: true, value: checked.data }
    : { ok: false, answer: invalid(request, detailsOf(checked.error)) };
}

/** Reads the query string; parameters that the shape does not name are refused by name, and so are repeated ones. */
export function readQuery<Shape extends z.core.$ZodShape>(
  request: HttpRequest,
  shape: Shape,
): Read<z.output<z.ZodMiniObject<Shape, z.core.$strict>>> {
  const names = [...request.query.keys()];
  const repeated = names.filter((name, index) => names.indexOf(name) !== index);
  if (repeated.length > 0) {
    const details: ErrorDetail[] = repeated.map((field) => ({ field, message: 'may be given once' }));
    return { ok: false, answer: invalid(request, details) };
  }
  return check(request, onlyFields(shape), Object.fromEntries(request.query));
}
