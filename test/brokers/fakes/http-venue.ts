import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { VenueCall, VenueFault } from '../contract/venue-under-test.ts';
import type { FillBehavior } from './exchange.ts';

/** What an adapter sent. */
export interface VenueRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What the venue answers; a body that is a string is sent as it is, all else as JSON, `undefined` as nothing. */
export interface VenueAnswer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A venue's own language. */
export interface VenueLanguage {
  /** Which call of the port a request is part of; `undefined` for those that meet no fault, such as a login. */
  callOf(request: VenueRequest): VenueCall | undefined;
  /** Carries a request out; what is placed or canceled fills as it is told to. */
  answer(request: VenueRequest, fills: FillBehavior): VenueAnswer;
  /** How the venue says that it refuses a request for good, or for now. */
  refuse(request: VenueRequest, fault: 'reject' | 'rate-limit'): VenueAnswer;
}

/** A venue that speaks HTTP, on a port of its own. */
export interface HttpVenue {
  readonly url: string;
  /** What was sent, oldest first. */
  readonly requests: readonly VenueRequest[];
  /** The next request of this kind of call meets the fault. */
  meet(call: VenueCall, fault: VenueFault): true;
  /** Speaks another language from now on, as if it had just been started. */
  speak(language: VenueLanguage): void;
  close(): Promise<void>;
}

const UNAVAILABLE: VenueAnswer = { status: 503, body: 'Service Unavailable' };
const MALFORMED: VenueAnswer = { status: 200, body: '{"this is no' };

/** With this header a caller asks to be told when the venue decides to say nothing, in place of waiting. */
const IMPATIENT = 'x-test-impatient';
const SILENT_STATUS = 599;

/**
 * A fetch whose time is over the moment a venue of ours decides to say nothing: no case waits, and none depends on how
 * fast the machine is.
 */
export const impatientFetch: typeof fetch = async (input, init) => {
  const headers = new Headers(init?.headers);
  headers.set(IMPATIENT, 'yes');
  const response = await fetch(input, { ...init, headers });
  if (response.status === SILENT_STATUS) {
    throw new DOMException('The operation was aborted due to timeout', 'TimeoutError');
  }
  return response;
};

/**
 * Starts a venue that speaks this language, and whose wire and answers fail as they are told to.
 *
 * @param wireMs how long a request is on its way, and its answer on the way back
 */
export async function startHttpVenue(firstLanguage: VenueLanguage, wireMs = 0): Promise<HttpVenue> {
  let language = firstLanguage;
  const requests: VenueRequest[] = [];
  const faults: { readonly call: VenueCall; readonly fault: VenueFault }[] = [];
  const takeFault = (call: VenueCall | undefined): VenueFault | undefined => {
    const index = faults.findIndex((each) => each.call === call);
    return index < 0 ? undefined : faults.splice(index, 1)[0]?.fault;
  };
  const server = createServer(async (incoming, response) => {
    const request = await requestOf(incoming);
    requests.push(request);
    await travel(wireMs);
    const outcome = outcomeOf(language, request, takeFault(language.callOf(request)));
    await travel(wireMs);
    if (outcome === 'reset') {
      response.destroy();
    } else if (outcome !== 'silence') {
      send(response, outcome);
    } else if (request.headers[IMPATIENT] !== undefined) {
      send(response, { status: SILENT_STATUS });
    }
  });
  return {
    url: await listen(server),
    requests,
    meet(call, fault) {
      faults.push({ call, fault });
      return true;
    },
    speak(other) {
      language = other;
      requests.length = 0;
      faults.length = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** The address of a server that is not there any more. */
export async function unreachableUrl(): Promise<string> {
  const server = createServer();
  const url = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return url;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a request comes to: an answer, a connection that breaks, or nothing. */
function outcomeOf(
  language: VenueLanguage,
  request: VenueRequest,
  fault: VenueFault | undefined,
): VenueAnswer | 'reset' | 'silence' {
  const carryOut = (fills: FillBehavior = 'at-once') => language.answer(request, fills);
  switch (fault) {
    case undefined:
      return carryOut();
    case 'partial-fill':
      return carryOut('partial');
    case 'late-fill':
      return carryOut('late');
    case 'reject':
    case 'rate-limit':
      return language.refuse(request, fault);
    case 'unavailable':
      return UNAVAILABLE;
    case 'unavailable-after-accept':
      carryOut();
      return UNAVAILABLE;
    case 'malformed':
      carryOut();
      return MALFORMED;
    case 'reset':
      return 'reset';
    case 'reset-after-accept':
      carryOut();
      return 'reset';
    case 'timeout':
      return 'silence';
    case 'timeout-after-accept':
      carryOut();
      return 'silence';
  }
}

async function travel(wireMs: number): Promise<void> {
  if (wireMs > 0) {
    await wait(wireMs);
  }
}

async function requestOf(incoming: IncomingMessage): Promise<VenueRequest> {
  const { pathname, searchParams } = new URL(incoming.url ?? '/', 'http://venue');
  return {
    method: incoming.method ?? 'GET',
    path: pathname,
    query: searchParams,
    headers: incoming.headers,
    body: await text(incoming),
  };
}

function send(response: ServerResponse, { status, body, headers = {} }: VenueAnswer): void {
  const isText = typeof body === 'string';
  response.writeHead(status, { 'content-type': isText ? 'text/plain' : 'application/json', ...headers });
  response.end(isText || body === undefined ? body : JSON.stringify(body));
}
