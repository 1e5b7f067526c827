import type { IncomingMessage } from 'node:http';
import { LOCAL_ACCOUNT_ID } from './account.ts';
import type { RouteMatch } from './routes.ts';

/** A request, read whole. */
export interface GatewayRequest {
  readonly requestId: string;
  readonly receivedAt: Date;
  readonly apiId: string;
  readonly method: string;
  /** The path decoded, which is how HTTP APIs hand it on, in spite of the name `rawPath`. */
  readonly path: string;
  readonly rawQueryString: string;
  /** Names in lower case; the values of headers that came more than once are joined by commas. */
  readonly headers: Readonly<Record<string, string>>;
  readonly cookies: readonly string[];
  readonly sourceIp: string;
  readonly body: Buffer;
}

/** The types of bodies that API Gateway hands on as they are; others are base64. */
const TEXT_TYPE = /^(text\/.*|application\/(.*\+)?(json|xml|javascript))$/;

/** What API Gateway assumes of a body whose sender does not say what it is. */
const DEFAULT_CONTENT_TYPE = 'text/plain; charset=utf-8';

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/**
 * Reads a request's head.
 *
 * @param requestId API Gateway's own id for it
 * @returns nothing when the path is not properly encoded
 */
export function readHead(
  request: IncomingMessage,
  requestId: string,
  apiId: string,
  receivedAt: Date,
): Omit<GatewayRequest, 'body'> | undefined {
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/]*/, '');
  const mark = target.indexOf('?');
  const encodedPath = mark < 0 ? target : target.slice(0, mark);
  const path = decodePath(encodedPath === '' ? '/' : encodedPath);
  if (path === undefined) {
    return undefined;
  }
  const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '');
  const { headers, cookies } = readHeaders(request.rawHeaders);
  return {
    requestId,
    receivedAt,
    apiId,
    method: request.method ?? 'GET',
    path,
    rawQueryString: mark < 0 ? '' : target.slice(mark + 1),
    headers: withGatewayHeaders(headers, sourceIp, receivedAt, requestId),
    cookies,
    sourceIp,
  };
}

/** The event of a Lambda integration, payload format 2.0. */
export function integrationEvent(
  request: GatewayRequest,
  match: RouteMatch<unknown>,
  authorizerContext: Readonly<Record<string, unknown>> | undefined,
) {
  const authorizer = authorizerContext === undefined ? {} : { authorizer: { lambda: authorizerContext } };
  return {
    ...eventHead(request, match),
    requestContext: { ...requestContext(request, match), ...authorizer },
    ...bodyOf(request),
  };
}

/** The event of a REQUEST authorizer, payload format 2.0. It has no body. */
export function authorizerEvent(
  request: GatewayRequest,
  match: RouteMatch<unknown>,
  region: string,
  identitySource: readonly string[],
) {
  const { method, path, apiId } = request;
  return {
    type: 'REQUEST',
    routeArn: `arn:aws:execute-api:${region}:${LOCAL_ACCOUNT_ID}:${apiId}/$default/${method}${path}`,
    identitySource,
    ...eventHead(request, match),
    requestContext: requestContext(request, match),
  };
}

/**
 * The values that an authorizer wants to see before it is asked.
 *
 * @returns nothing when one of them is missing
 */
export function identityValues(
  request: GatewayRequest,
  sources: readonly string[],
): readonly string[] | undefined {
  const query = new URLSearchParams(request.rawQueryString);
  const values = sources.flatMap((source) => {
    const [, kind, name = ''] = /^\$request\.(header|querystring)\.(.+)$/.exec(source) ?? [];
    return (kind === 'header' ? request.headers[name.toLowerCase()] : query.get(name)) || [];
  });
  return values.length === sources.length ? values : undefined;
}

function eventHead(request: GatewayRequest, match: RouteMatch<unknown>) {
  const query = joinQuery(request.rawQueryString);
  return {
    version: '2.0',
    routeKey: match.route.routeKey,
    rawPath: request.path,
    rawQueryString: request.rawQueryString,
    ...(request.cookies.length > 0 && { cookies: request.cookies }),
    headers: request.headers,
    ...(Object.keys(query).length > 0 && { queryStringParameters: query }),
    ...(Object.keys(match.pathParameters).length > 0 && { pathParameters: match.pathParameters }),
  };
}

function requestContext(request: GatewayRequest, match: RouteMatch<unknown>) {
  const host = request.headers.host ?? 'localhost';
  return {
    accountId: LOCAL_ACCOUNT_ID,
    apiId: request.apiId,
    domainName: host,
    domainPrefix: host.split('.')[0],
    http: {
      method: request.method,
      path: request.path,
      protocol: 'HTTP/1.1',
      sourceIp: request.sourceIp,
      userAgent: request.headers['user-agent'] ?? '',
    },
    requestId: request.requestId,
    routeKey: match.route.routeKey,
    stage: '$default',
    time: commonLogTime(request.receivedAt),
    timeEpoch: request.receivedAt.getTime(),
  };
}

function bodyOf({ body, headers }: GatewayRequest) {
  if (body.length === 0) {
    return { isBase64Encoded: false };
  }
  const type = headers['content-type']?.split(';')[0]?.trim().toLowerCase() ?? '';
  const isText = TEXT_TYPE.test(type) && headers['content-encoding'] === undefined;
  return { body: body.toString(isText ? 'utf8' : 'base64'), isBase64Encoded: !isText };
}

function readHeaders(rawHeaders: readonly string[]) {
  const headers: Record<string, string> = Object.create(null);
  const cookies: string[] = [];
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (name === 'cookie') {
      cookies.push(...value.split(/;\s*/).filter((cookie) => cookie !== ''));
    } else {
      headers[name] = headers[name] === undefined ? value : `${headers[name]},${value}`;
    }
  }
  return { headers, cookies };
}

/** What API Gateway adds. It appends to X-Forwarded-For, which is why only its last address can be trusted. */
function withGatewayHeaders(
  headers: Readonly<Record<string, string>>,
  sourceIp: string,
  receivedAt: Date,
  requestId: string,
): Readonly<Record<string, string>> {
  const forwarded = headers['x-forwarded-for'];
  const seconds = Math.floor(receivedAt.getTime() / 1_000).toString(16);
  return {
    'content-type': DEFAULT_CONTENT_TYPE,
    'x-amzn-trace-id': `Root=1-${seconds}-${requestId.replaceAll('-', '').slice(0, 24)}`,
    ...headers,
    'x-forwarded-for': forwarded === undefined ? sourceIp : `${forwarded}, ${sourceIp}`,
    'x-forwarded-port': headers.host?.split(':')[1] ?? '80',
    'x-forwarded-proto': 'http',
  };
}

function joinQuery(rawQueryString: string): Readonly<Record<string, string>> {
  const joined: Record<string, string> = Object.create(null);
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    joined[name] = joined[name] === undefined ? value : `${joined[name]},${value}`;
  }
  return { ...joined };
}

function decodePath(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch {
    return undefined;
  }
}

/** `12/Mar/2026:19:03:58 +0000` */
function commonLogTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2, '0');
  return `${day}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${date.toISOString().slice(11, 19)} +0000`;
}
