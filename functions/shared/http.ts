import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** An HTTP request as the functions read it, whatever the event's quirks. */
export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  /** A header by lower-case name; several of one name are joined by commas. */
  header(name: string): string | undefined;
  /** The body exactly as it was sent. */
  readonly rawBody: Buffer;
  /** The peer's address as the gateway saw it; never taken from a header. */
  readonly sourceIp: string;
  /** The sender's `x-correlation-id` when it is a sensible one, else the gateway's request id. */
  readonly correlationId: string;
}

/** One thing that is wrong with a request, by field. */
export interface ErrorDetail {
  readonly field: string;
  readonly message: string;
  /** What it comes to for the trade, as the planner would say, where there is a name for it: `ZERO_RISK_DISTANCE`. */
  readonly code?: string;
}

/** The answer to a request. */
export type HttpAnswer = APIGatewayProxyStructuredResultV2 & { readonly statusCode: number };

/** A refusal: the status, a stable code, and what is wrong in words that help the sender. */
export interface Refusal {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
  /** Whole seconds after which a repetition makes sense. */
  readonly retryAfterSeconds?: number;
}

const CORRELATION_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/** On every answer: for HTTPS only, as what it says it is, and not as a page, in a frame or from a cache. */
const EMPTY_HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=31536000',
  'x-content-type-options': 'nosniff',
} as const;

const HEADERS = { 'content-type': 'application/json; charset=utf-8', ...EMPTY_HEADERS } as const;

/** Reads the gateway's event (payload format 2.0). */
export function readRequest(event: APIGatewayProxyEventV2): HttpRequest {
  const given = event.headers['x-correlation-id'];
  return {
    method: event.requestContext.http.method,
    path: event.rawPath,
    // HTTP APIs hand them on decoded; to decode again would turn `%2564emo` into `demo`.
    pathParameters: Object.fromEntries(
      Object.entries(event.pathParameters ?? {}).map(([name, value]) => [name, value ?? '']),
    ),
    query: new URLSearchParams(event.rawQueryString),
    header: (name) => event.headers[name],
    rawBody: Buffer.from(event.body ?? '', event.isBase64Encoded ? 'base64' : 'utf8'),
    sourceIp: event.requestContext.http.sourceIp,
    correlationId: given !== undefined && CORRELATION_ID.test(given) ? given : event.requestContext.requestId,
  };
}

/** A JSON answer. */
export function answer(
  statusCode: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpAnswer {
  return { statusCode, headers: { ...HEADERS, ...headers }, body: JSON.stringify(body) };
}

/** An answer in another format, which its header `content-type` names. */
export function textAnswer(
  statusCode: number,
  body: string,
  headers: Readonly<Record<'content-type', string> & Record<string, string>>,
): HttpAnswer {
  return { statusCode, headers: { ...HEADERS, ...headers }, body };
}

/** An empty answer. */
export function emptyAnswer(statusCode: number): HttpAnswer {
  return { statusCode, headers: EMPTY_HEADERS };
}

/** A refusal as the contract words it: `{"error":{"code","message","correlationId","details"?}}`. */
export function refuse(
  refusal: Refusal,
  correlationId: string,
  extra: Readonly<Record<string, unknown>> = {},
): HttpAnswer {
  const { statusCode, code, message, details, retryAfterSeconds } = refusal;
  return answer(
    statusCode,
    { error: { code, message, correlationId, ...(details ? { details } : {}), ...extra } },
    retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) },
  );
}
