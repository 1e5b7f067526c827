import * as z from 'zod/mini';
import type { GatewayRequest } from './http-event.ts';
import type { GatewayResponse } from './http-response.ts';
import { templateNumber } from './property-types.ts';

const names = z._default(z.array(z.string()), []);

/** API Gateway also takes patterns, which the stack never has. */
const origins = names.check(z.refine((listed) => !listed.some((origin) => origin.includes('*'))));

/** The CORS configuration of an HTTP API, as the template has it. */
export const CorsConfiguration = z.strictObject({
  AllowOrigins: origins,
  AllowMethods: names,
  AllowHeaders: names,
  ExposeHeaders: names,
  MaxAge: z.optional(templateNumber),
});

export type CorsConfiguration = z.infer<typeof CorsConfiguration>;

/**
 * An answer as API Gateway sends it: without configuration as the function gave it, else without the function's CORS headers
 * and with API Gateway's own, for an origin that is allowed.
 */
export function withCors(
  cors: CorsConfiguration | undefined,
  { method, headers }: Pick<GatewayRequest, 'method' | 'headers'>,
  answer: GatewayResponse,
): GatewayResponse {
  if (cors === undefined) {
    return answer;
  }
  const own = Object.entries(answer.headers).filter(([name]) => !name.startsWith('access-control-'));
  const { origin } = headers;
  const isAllowed = origin !== undefined && cors.AllowOrigins.includes(origin);
  const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined;
  const added = isAllowed
    ? { 'access-control-allow-origin': origin, ...(isPreflight ? preflight(cors) : exposed(cors)) }
    : {};
  return { ...answer, headers: { ...Object.fromEntries(own), ...added } };
}

function preflight({ AllowMethods, AllowHeaders, MaxAge }: CorsConfiguration): Record<string, string> {
  return {
    'access-control-allow-methods': AllowMethods.join(','),
    'access-control-allow-headers': AllowHeaders.join(','),
    ...(MaxAge === undefined ? {} : { 'access-control-max-age': String(MaxAge) }),
  };
}

function exposed({ ExposeHeaders }: CorsConfiguration): Record<string, string> {
  return ExposeHeaders.length === 0 ? {} : { 'access-control-expose-headers': ExposeHeaders.join(',') };
}
