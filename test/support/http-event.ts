import { randomUUID } from 'node:crypto';
import type { APIGatewayProxyEventV2WithLambdaAuthorizer, Context } from 'aws-lambda';

/** What a test says of a request; everything else is as API Gateway would fill it in. */
export interface HttpEventInput {
  readonly method: string;
  /** May carry a query string. */
  readonly path: string;
  /** The route's parameters as the gateway matched them, for example `{ webhookId: 'demo' }`. */
  readonly routeParameters?: Readonly<Record<string, string>>;
  readonly routeKey?: string;
  /** Header names in any case; the gateway makes them lower-case. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text as it is; bytes arrive base64-encoded, as the gateway sends what is not text. */
  readonly body?: string | Uint8Array;
  readonly sourceIp?: string;
  /** The context that the Lambda authorizer answered. */
  readonly authorizer?: Readonly<Record<string, string>>;
}

/** An HTTP API event, payload format 2.0. */
export type HttpEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<Record<string, string>>;

/** Builds the event that API Gateway makes of a request. */
export function httpEvent(input: HttpEventInput): HttpEvent {
  const [rawPath = '/', rawQueryString = ''] = input.path.split('?');
  const headers = Object.fromEntries(
    Object.entries(input.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const routeKey = input.routeKey ?? '$default';
  const isText = typeof input.body === 'string';
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    headers,
    requestContext: {
      accountId: '000000000000',
      apiId: 'test',
      domainName: 'test.execute-api.localhost',
      domainPrefix: 'test',
      http: {
        method: input.method,
        path: rawPath,
        protocol: 'HTTP/1.1',
        sourceIp: input.sourceIp ?? '203.0.113.7',
        userAgent: headers['user-agent'] ?? 'test',
      },
      requestId: randomUUID(),
      routeKey,
      stage: '$default',
      time: '21/Nov/2026:22:00:00 +0000',
      timeEpoch: 1_795_298_400_000,
      // A route without an authorizer has none in its context, whatever the type says.
      ...(input.authorizer ? { authorizer: { lambda: { ...input.authorizer } } } : {}),
    } as HttpEvent['requestContext'],
    ...(input.routeParameters ? { pathParameters: { ...input.routeParameters } } : {}),
    ...(input.body === undefined
      ? {}
      : { body: isText ? input.body.toString() : Buffer.from(input.body).toString('base64') }),
    isBase64Encoded: input.body !== undefined && !isText,
  };
}

/** The context of an invocation with this much time left. */
export function lambdaContext(remainingTimeMs = 10_000): Context {
  return {
    callbackWaitsForEmptyEventLoop: false,
    functionName: 'test',
    functionVersion: '$LATEST',
    invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:test',
    memoryLimitInMB: '512',
    awsRequestId: randomUUID(),
    logGroupName: 'test',
    logStreamName: 'test',
    getRemainingTimeInMillis: () => remainingTimeMs,
    done: () => undefined,
    fail: () => undefined,
    succeed: () => undefined,
  };
}
