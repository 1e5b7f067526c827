import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import * as z from 'zod/mini';
import { withCors } from './cors.ts';
import { LocalCloudError, messageOf, systemCodeOf } from './errors.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { Authorizer, HttpApi, RouteTarget } from './http-api.ts';
import {
  authorizerEvent,
  type GatewayRequest,
  identityValues,
  integrationEvent,
  readHead,
} from './http-event.ts';
import { type GatewayResponse, messageResponse, responseOf, sendResponse } from './http-response.ts';
import type { InvocationResult } from './protocol.ts';
import { matchRoute, type RouteMatch } from './routes.ts';

/** What the gateway needs of the rest. */
export interface GatewayBackend {
  readonly api: HttpApi;
  readonly region: string;
  invoke(definition: FunctionDefinition, payload: string, signal: AbortSignal): Promise<InvocationResult>;
}

const BODY_MAX_BYTES = 10 * 1024 * 1024;
const HEAD_MAX_BYTES = 10_240;

/** Lambda takes no larger event of a waiting caller. */
const EVENT_MAX_BYTES = 6 * 1024 * 1024;

const AuthorizerResponse = z.object({
  isAuthorized: z.boolean(),
  context: z.nullish(z.record(z.string(), z.unknown())),
});

/** An HTTP API in front of the functions, as API Gateway is. */
export class Gateway {
  readonly #server: Server;
  #backend: GatewayBackend | undefined;

  private constructor(server: Server) {
    this.#server = server;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      void this.#serve(request, response);
    });
  }

  /**
   * Opens the port of the loopback interface. Until {@link open} is called, every answer is 503.
   *
   * @param port 0 takes any free one
   * @throws LocalCloudError when the port is taken
   */
  static async listen(port: number): Promise<Gateway> {
    const server = createServer({ maxHeaderSize: HEAD_MAX_BYTES });
    server.listen(port, '127.0.0.1');
    try {
      await once(server, 'listening');
    } catch (error) {
      throw new LocalCloudError(
        'port-in-use',
        systemCodeOf(error) === 'EADDRINUSE'
          ? `Port ${port} is in use by another program. Stop it, or choose another port: PORT=${port + 1} npm start.`
          : `Port ${port} cannot be used (${messageOf(error)}). Choose another with PORT.`,
        { cause: error },
      );
    }
    return new Gateway(server);
  }

  /** Where it answers, without a slash at the end. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  }

  /** Starts to hand requests on. */
  open(backend: GatewayBackend): void {
    this.#backend = backend;
  }

  /**
   * Takes no more requests, and waits for those in progress.
   *
   * @param graceMs how long to wait before their connections are closed
   */
  async stop(graceMs: number): Promise<void> {
    if (!this.#server.listening) {
      return;
    }
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    this.#server.close();
    this.#server.closeIdleConnections();
    await once(this.#server, 'close');
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const requestId = randomUUID();
    try {
      const answer = await this.#answer(request, requestId);
      // While the gateway stops, each answer is the last of its connection.
      response.shouldKeepAlive &&= this.#server.listening;
      sendResponse(response, answer, requestId);
    } catch {
      // The client went away, or the function's headers cannot be sent: no answer may bring the gateway down.
      if (!response.headersSent && !response.destroyed) {
        sendResponse(response, messageResponse(500, 'Internal Server Error'), requestId);
      }
    }
  }

  async #answer(message: IncomingMessage, requestId: string): Promise<GatewayResponse> {
    const backend = this.#backend;
    if (backend === undefined) {
      return messageResponse(503, 'Service Unavailable');
    }
    const head = readHead(message, requestId, backend.api.apiId, new Date());
    if (head === undefined) {
      return messageResponse(400, 'Bad Request');
    }
    const body = await readBody(message);
    if (body === undefined) {
      return messageResponse(413, 'Request Entity Too Large');
    }
    const match = matchRoute(backend.api.routes, head.method, head.path);
    if (match === undefined) {
      return messageResponse(404, 'Not Found');
    }
    const headers =
      body.length > 0 ? { 'content-length': String(body.length), ...head.headers } : head.headers;
    const answer = await within(match.route.target.timeoutMs, (signal) =>
      handOn(backend, { ...head, headers, body }, match, signal),
    );
    return withCors(backend.api.cors, head, answer);
  }
}

async function handOn(
  backend: GatewayBackend,
  request: GatewayRequest,
  match: RouteMatch<RouteTarget>,
  signal: AbortSignal,
): Promise<GatewayResponse> {
  const { authorizer } = match.route.target;
  let context: Readonly<Record<string, unknown>> | undefined;
  if (authorizer !== undefined) {
    const decision = await authorize(backend, request, match, authorizer, signal);
    if ('refusal' in decision) {
      return decision.refusal;
    }
    context = decision.context;
  }
  const event = JSON.stringify(integrationEvent(request, match, context));
  if (Buffer.byteLength(event) > EVENT_MAX_BYTES) {
    return messageResponse(413, 'Request Entity Too Large');
  }
  const result = await backend.invoke(match.route.target.function, event, signal);
  const response = result.ok ? responseOf(result.payload) : undefined;
  return response ?? messageResponse(500, 'Internal Server Error');
}

type Decision =
  | { readonly context: Readonly<Record<string, unknown>> }
  | { readonly refusal: GatewayResponse };

async function authorize(
  backend: GatewayBackend,
  request: GatewayRequest,
  match: RouteMatch<RouteTarget>,
  authorizer: Authorizer,
  signal: AbortSignal,
): Promise<Decision> {
  const identity = identityValues(request, authorizer.identitySources);
  if (identity === undefined) {
    return { refusal: messageResponse(401, 'Unauthorized') };
  }
  const event = JSON.stringify(authorizerEvent(request, match, backend.region, identity));
  const result = await backend.invoke(authorizer.function, event, signal);
  const response = result.ok ? z.safeParse(AuthorizerResponse, JSON.parse(result.payload)) : undefined;
  if (response?.success !== true) {
    return { refusal: messageResponse(500, 'Internal Server Error') };
  }
  return response.data.isAuthorized
    ? { context: response.data.context ?? {} }
    : { refusal: messageResponse(403, 'Forbidden') };
}

/** Answers 503 when the function takes longer than API Gateway waits; the function goes on, as it does in AWS. */
async function within(
  timeoutMs: number,
  work: (signal: AbortSignal) => Promise<GatewayResponse>,
): Promise<GatewayResponse> {
  const abort = new AbortController();
  const timeout = Promise.withResolvers<GatewayResponse>();
  const timer = setTimeout(() => {
    timeout.resolve(messageResponse(503, 'Service Unavailable'));
    abort.abort();
  }, timeoutMs);
  try {
    return await Promise.race([work(abort.signal), timeout.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** @returns nothing when the body is larger than API Gateway takes */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  if (Number(request.headers['content-length']) > BODY_MAX_BYTES) {
    return undefined;
  }
  const chunks: Buffer[] = [];
  let size = 0;
  // Not destroyed when it is too large: the sender is to hear so.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length;
    if (size > BODY_MAX_BYTES) {
      return undefined;
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
