import { type Answer, send } from './http.ts';
import type { MiniStack } from './ministack.ts';

/** The deployed API, called as its clients call it. */
export class DeployedApi {
  readonly #endpoint: URL;
  readonly #host: string;

  /** @param url the stack's output ApiUrl: its host need not resolve, MiniStack serves it at its own address */
  constructor({ endpoint }: MiniStack, url: string) {
    this.#endpoint = endpoint;
    this.#host = new URL(url).host;
  }

  /** Sends a request; with a token, a bearer's. Objects are sent as JSON. */
  call(
    method: string,
    path: string,
    options: {
      readonly token?: string;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string | object;
    } = {},
  ): Promise<Answer> {
    const { token, headers, body } = options;
    return send(this.#endpoint, {
      method,
      path,
      headers: {
        host: this.#host,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }
}
