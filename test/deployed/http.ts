import { type IncomingHttpHeaders, request as requestInClear } from 'node:http';
import { request as requestOverTls } from 'node:https';

/** An HTTP request. */
export interface Ask {
  readonly method: string;
  /** With the query, as it is to be sent. */
  readonly path: string;
  /** A `host` among them says whom the request is for, wherever it is sent. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What came back, whatever the status. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

const TIMEOUT_MS = 30_000;

/**
 * Sends a request to an endpoint. `fetch` would not do: it does not let a caller set `host`, by which an emulator
 * knows which API is meant.
 *
 * @throws Error when nothing answers within 30 s
 */
export function send(endpoint: URL, { method, path, headers = {}, body = '' }: Ask): Promise<Answer> {
  const request = endpoint.protocol === 'https:' ? requestOverTls : requestInClear;
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: endpoint.hostname,
        port: endpoint.port,
        method,
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        // The certificate is the emulator's own, whichever of its hosts is meant.
        servername: 'localhost',
        timeout: TIMEOUT_MS,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} took over ${TIMEOUT_MS} ms.`)));
    sent.on('error', reject);
    sent.end(body);
  });
}
