import { Duration } from 'aws-cdk-lib';
import { CorsHttpMethod, type CorsPreflightOptions } from 'aws-cdk-lib/aws-apigatewayv2';

/** Of this machine only may a page be that was not sent over TLS. */
const ORIGIN = /^(?:https:\/\/[a-z0-9.-]+(?::\d{1,5})?|http:\/\/(?:localhost|127\.0\.0\.1)(?::\d{1,5})?)$/;

/** How long browsers may remember that they may ask. */
const REMEMBERED = Duration.minutes(10);

/**
 * Reads which pages' scripts may call the admin API.
 *
 * @param text origins with commas between; none: no page may
 * @throws Error naming what is no origin; `*` is none, since every page of the world would be allowed
 */
export function readCorsOrigins(text: unknown): readonly string[] {
  const origins = String(text ?? '')
    .split(',')
    .map((origin) => origin.trim())
    .filter((origin) => origin !== '');
  const wrong = origins.find((origin) => !ORIGIN.test(origin));
  if (wrong !== undefined) {
    throw new Error(
      `corsAllowOrigins must be origins such as https://console.example.com, with commas between, not "${wrong}".`,
    );
  }
  return origins;
}

/** What browsers are told of these origins. Cookies play no part, so no credentials are allowed. */
export function corsPreflight(origins: readonly string[]): CorsPreflightOptions {
  return {
    allowOrigins: [...origins],
    allowMethods: [
      CorsHttpMethod.GET,
      CorsHttpMethod.PUT,
      CorsHttpMethod.POST,
      CorsHttpMethod.PATCH,
      CorsHttpMethod.DELETE,
    ],
    allowHeaders: ['authorization', 'content-type', 'x-correlation-id'],
    exposeHeaders: ['x-correlation-id', 'retry-after'],
    maxAge: REMEMBERED,
  };
}
