import { request as httpRequest, type OutgoingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { Webhook as StandardWebhook } from 'standardwebhooks';
import { type BadRequest, HMAC_SECRET, HOOK_SECRET, type Sign, VALID_SIGNAL } from './bad-input-case.ts';

/** What came back over the wire. */
export interface WireAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly text: string;
}

const ANSWER_TIMEOUT_MS = 10_000;
const WITHOUT_BODY = ['GET', 'HEAD', 'TRACE'];

/** Sends a request exactly as it is written, which `fetch` would correct or refuse. */
export function send(url: string, request: BadRequest | { readonly raw: string }): Promise<WireAnswer> {
  return 'raw' in request ? sendBytes(url, request.raw) : sendRequest(url, request);
}

function sendRequest(url: string, request: BadRequest): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  const method = request.method ?? 'POST';
  const body = request.body ?? (WITHOUT_BODY.includes(method) ? '' : VALID_SIGNAL);
  const bytes = typeof body === 'string' ? Buffer.from(body) : Buffer.from(body);
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path: request.path ?? '/webhooks/hook',
      headers: headersOf(request, bytes),
      agent: false,
      timeout: ANSWER_TIMEOUT_MS,
    });
    outgoing.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: Object.fromEntries(
            Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
          ),
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      );
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error('No answer in time.')));
    outgoing.on('error', reject);
    outgoing.end(bytes);
  });
}

function headersOf(request: BadRequest, body: Buffer): OutgoingHttpHeaders {
  const headers: [string, string | readonly string[] | undefined][] = [
    ...Object.entries({ 'content-type': 'application/json', 'x-webhook-secret': HOOK_SECRET }),
    ...Object.entries(request.headers ?? {}),
    ...Object.entries(request.signed?.(signer(body.toString('utf8'))) ?? {}),
  ];
  const isChunked = request.headers?.['transfer-encoding'] !== undefined;
  // A map, so that a header may have any name; the last of a name counts.
  const merged = new Map(headers);
  if (!isChunked && body.length > 0) {
    merged.set('content-length', String(body.length));
  }
  const result: OutgoingHttpHeaders = Object.create(null);
  for (const [name, value] of merged) {
    if (value !== undefined) {
      result[name] = typeof value === 'string' ? value : [...value];
    }
  }
  return result;
}

function signer(sentBody: string): Sign {
  return ({ secret = HMAC_SECRET, id = 'msg_1', offsetSeconds = 0, body = sentBody } = {}) => {
    const seconds = Math.floor(Date.now() / 1_000) + offsetSeconds;
    return {
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': new StandardWebhook(secret).sign(id, new Date(seconds * 1_000), body),
    };
  };
}

function sendBytes(url: string, bytes: string): Promise<WireAnswer> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    const socket = connect({ host: hostname, port: Number(port) });
    socket.setTimeout(ANSWER_TIMEOUT_MS, () => socket.destroy(new Error('No answer in time.')));
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      // A request that promised more than it sent: the answer is there, the connection stays.
      if (isWhole(Buffer.concat(chunks).toString('utf8'))) {
        socket.end();
      }
    });
    socket.on('error', (error) => (chunks.length > 0 ? undefined : reject(error)));
    socket.on('close', () => resolve(parseAnswer(Buffer.concat(chunks).toString('utf8'))));
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

function isWhole(text: string): boolean {
  const { headers, text: body } = parseAnswer(text);
  return (
    headers['content-length'] !== undefined && Buffer.byteLength(body) >= Number(headers['content-length'])
  );
}

/** Some answers of the HTTP server come as chunks, and all of those are empty. */
function unchunked(body: string): string {
  return body === '0\r\n\r\n' ? '' : body;
}

function parseAnswer(text: string): WireAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = lines.map((line) => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
  });
  const body = rest.join('\r\n\r\n');
  return {
    status: Number(statusLine.split(' ')[1] ?? 0),
    headers: Object.fromEntries(headers),
    text: headers.some(([name]) => name === 'transfer-encoding') ? unchunked(body) : body,
  };
}
