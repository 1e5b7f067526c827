/** An answer that is not a success. */
export class AdminError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Speaks the admin API (docs/openapi.yaml) as an operator would. */
export class AdminClient {
  readonly url: string;
  private readonly token: string;

  constructor(url: string, token: string) {
    this.url = url;
    this.token = token;
  }

  /** @throws AdminError with the API's own words when there is no such thing or the token may not see it */
  get(path: string): Promise<unknown> {
    return this.send('GET', path);
  }

  /** @throws AdminError with the API's own words when the body is refused */
  put(path: string, body: unknown): Promise<unknown> {
    return this.send('PUT', path, body);
  }

  private async send(method: string, path: string, body?: unknown): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) {
      throw new AdminError(response.status, `${method} ${path} answered ${response.status}: ${text}`);
    }
    return text === '' ? undefined : JSON.parse(text);
  }
}
