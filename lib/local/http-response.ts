import type { ServerResponse } from 'node:http';
import * as z from 'zod/mini';

/** An answer of the gateway. */
export interface GatewayResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly body: Buffer;
}

const FunctionResponse = z.object({
  statusCode: z.int().check(z.gte(100), z.lte(599)),
  headers: z.nullish(z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))),
  cookies: z.nullish(z.array(z.string())),
  body: z.nullish(z.string()),
  isBase64Encoded: z.nullish(z.boolean()),
});

/** Headers that say how a message travels: the server's own matter. */
const CONNECTION_HEADERS = new Set([
  'connection',
  'content-length',
  'date',
  'keep-alive',
  'transfer-encoding',
]);

/**
 * The answer that a function's result means, payload format 2.0: a result without a status code is itself the body
 * of a 200.
 *
 * @param payload the function's result as JSON
 * @returns nothing when API Gateway would not understand it
 */
export function responseOf(payload: string): GatewayResponse | undefined {
  const result: unknown = JSON.parse(payload);
  if (typeof result !== 'object' || result === null || !('statusCode' in result)) {
    return jsonResponse(200, typeof result === 'string' ? result : payload);
  }
  const parsed = z.safeParse(FunctionResponse, result);
  if (!parsed.success) {
    return undefined;
  }
  const { statusCode, headers, cookies, body, isBase64Encoded } = parsed.data;
  const own = Object.entries(headers ?? {})
    .map(([name, value]) => [name.toLowerCase(), String(value)] as const)
    .filter(([name]) => !CONNECTION_HEADERS.has(name));
  return {
    status: statusCode,
    headers: { 'content-type': 'text/plain; charset=utf-8', ...Object.fromEntries(own) },
    cookies: cookies ?? [],
    body: Buffer.from(body ?? '', isBase64Encoded === true ? 'base64' : 'utf8'),
  };
}

/** One of API Gateway's own answers, such as `{"message":"Not Found"}`. */
export function messageResponse(status: number, message: string): GatewayResponse {
  return jsonResponse(status, JSON.stringify({ message }));
}

/** Sends an answer with API Gateway's id of the request. */
export function sendResponse(response: ServerResponse, answer: GatewayResponse, requestId: string): void {
  response.writeHead(answer.status, {
    ...answer.headers,
    ...(answer.cookies.length > 0 && { 'set-cookie': [...answer.cookies] }),
    'content-length': answer.body.length,
    'apigw-requestid': requestId,
  });
  response.end(answer.body);
}

function jsonResponse(status: number, body: string): GatewayResponse {
  return {
    status,
    headers: { 'content-type': 'application/json' },
    cookies: [],
    body: Buffer.from(body),
  };
}
