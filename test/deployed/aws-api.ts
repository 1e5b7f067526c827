import { createHash, createHmac } from 'node:crypto';
import { type Answer, type Ask, send } from './http.ts';
import { CREDENTIALS, type MiniStack, REGION } from './ministack.ts';

/**
 * Signed calls to the services that a test looks at and Onefill itself never calls: not worth an SDK client each.
 *
 * Each call throws an Error with the service's own words unless it is answered by 200.
 */
export class AwsApi {
  readonly #endpoint: URL;

  constructor({ endpoint }: MiniStack) {
    this.#endpoint = endpoint;
  }

  /** A call to a service that speaks JSON and names the action in `x-amz-target`. */
  async json<Output>(service: string, target: string, input: object): Promise<Output> {
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': target };
    const body = JSON.stringify(input);
    return JSON.parse((await this.#call(service, { method: 'POST', path: '/', headers, body })).text);
  }

  /** A call to a service that takes a form with the parameter `Action`. @returns the XML */
  async form(service: string, parameters: Readonly<Record<string, string>>): Promise<string> {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const body = new URLSearchParams(parameters).toString();
    return (await this.#call(service, { method: 'POST', path: '/', headers, body })).text;
  }

  /** A look at a resource of a service that speaks REST. */
  async get<Output>(service: string, path: string): Promise<Output> {
    return JSON.parse((await this.#call(service, { method: 'GET', path })).text);
  }

  /** Has a function work on an event, and waits for its answer. @throws Error also when the function fails */
  async invoke<Output>(functionName: string, event: object): Promise<Output> {
    const path = `/2015-03-31/functions/${functionName}/invocations`;
    const { headers, text } = await this.#call('lambda', {
      method: 'POST',
      path,
      body: JSON.stringify(event),
    });
    if (headers['x-amz-function-error'] !== undefined) {
      throw new Error(`${functionName} failed: ${text}`);
    }
    return JSON.parse(text);
  }

  async #call(service: string, ask: Ask): Promise<Answer> {
    const answer = await send(this.#endpoint, { ...ask, headers: this.#sign(service, ask, new Date()) });
    if (answer.status !== 200) {
      throw new Error(`${service} answered ${answer.status} to ${ask.body ?? ask.path}: ${answer.text}`);
    }
    return answer;
  }

  /** Signature Version 4, of every header; for paths without a query. */
  #sign(service: string, { method, path, headers = {}, body = '' }: Ask, now: Date): Record<string, string> {
    const time = now.toISOString().replace(/[:-]|\.\d{3}/g, '');
    const signed: Record<string, string> = { ...headers, host: this.#endpoint.host, 'x-amz-date': time };
    const names = Object.keys(signed).sort();
    const canonical = [
      method,
      path,
      '',
      ...names.map((name) => `${name}:${signed[name]}`),
      '',
      names.join(';'),
      sha256(body),
    ].join('\n');
    const scope = [time.slice(0, 8), REGION, service, 'aws4_request'];
    const key = scope.reduce<string | Buffer>(hmac, `AWS4${CREDENTIALS.secretAccessKey}`);
    const text = ['AWS4-HMAC-SHA256', time, scope.join('/'), sha256(canonical)].join('\n');
    const signature = hmac(key, text).toString('hex');
    const credential = [CREDENTIALS.accessKeyId, ...scope].join('/');
    return {
      ...signed,
      authorization: `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=${names.join(';')}, Signature=${signature}`,
    };
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
