/** What is wrong with a request; all else is as a valid signal to the webhook `hook` would be. */
export interface BadRequest {
  /** @default POST */
  readonly method?: string;
  /** As it goes over the wire. @default /webhooks/hook */
  readonly path?: string;
  /** Added to content type and secret, or instead of them; several values are sent as several headers. */
  readonly headers?: Readonly<Record<string, string | readonly string[] | undefined>>;
  /** @default a valid signal, where the method allows a body */
  readonly body?: string | Uint8Array;
  /** Signs the body at the time of sending; the result may spoil it again. */
  readonly signed?: (sign: Sign) => Readonly<Record<string, string | readonly string[]>>;
}

/** Standard Webhooks headers for the request's body, made with the secret that the webhook `signed` knows. */
export type Sign = (changes?: {
  readonly secret?: string;
  readonly id?: string;
  readonly offsetSeconds?: number;
  readonly body?: string;
}) => { 'webhook-id': string; 'webhook-timestamp': string; 'webhook-signature': string };

/** The exact answer. */
export interface Expected {
  readonly status: number;
  /** The error's code; absent where Onefill does not word the answer. */
  readonly code?: string;
  /** A field that the details name. */
  readonly field?: string;
  /**
   * Who answers when it is not Onefill: API Gateway, as `{"message"}`, or the HTTP server below it, which may say
   * nothing but a status. Neither is reached by Onefill's code in AWS either.
   */
  readonly by?: 'gateway' | 'server';
  /** Headers that the answer has. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** One request that must not be accepted. */
export interface BadInputCase {
  readonly name: string;
  /** Parts of a request, or the whole of it as bytes on a socket. */
  readonly request: BadRequest | { readonly raw: string };
  readonly expected: Expected;
}

export const HOOK_SECRET = 'bad-input-secret';
export const HMAC_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const OTHER_HMAC_SECRET = 'whsec_plJ3nmyCDGBKInavdOK15jsl2LaLaSw0MfKQ9r8G';
export const VALID_SIGNAL = '{"symbol":"MNQM5","action":"buy","quantity":1}';

export const BODY_BYTES_MAX = 65_536;

export const malformed: Expected = { status: 400, code: 'MALFORMED' };
export const unauthenticated: Expected = { status: 401, code: 'UNAUTHENTICATED' };
export const notAllowed: Expected = { status: 403, code: 'IP_NOT_ALLOWED' };
export const noSuchWebhook: Expected = { status: 404, code: 'WEBHOOK_NOT_FOUND' };
export const noSuchPath: Expected = { status: 404, code: 'NOT_FOUND' };
export const tooLarge: Expected = { status: 413, code: 'TOO_LARGE' };
export const stale: Expected = { status: 422, code: 'SIGNAL_STALE' };
export const invalid = (field: string): Expected => ({ status: 422, code: 'SIGNAL_INVALID', field });
export const byGateway = (status: number): Expected => ({ status, by: 'gateway' });
export const byServer = (status: number): Expected => ({ status, by: 'server' });

/** A case that differs from a valid request by its body alone. */
export const bodyCase = (name: string, body: string | Uint8Array, expected: Expected): BadInputCase => ({
  name,
  request: { body },
  expected,
});

/** A signal with one field set to a JSON text, refused by the name of that field. */
export const fieldCase = (field: string, json: string): BadInputCase =>
  bodyCase(
    `${field} ${json.length > 60 ? `${json.slice(0, 60)}…` : json}`,
    `{${Object.entries({ symbol: '"A"', action: '"buy"', [field]: json })
      .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
      .join(',')}}`,
    invalid(field),
  );

/** A TradingView alert with one field set to a JSON text, refused by the name of that field. */
export const alertCase = (field: string, json: string): BadInputCase => ({
  ...bodyCase(
    `TradingView alert: ${field} ${json}`,
    `{${Object.entries({ ticker: '"MNQ1!"', action: '"buy"', [field]: json })
      .map(([name, value]) => `${JSON.stringify(name)}:${value}`)
      .join(',')}}`,
    invalid(field),
  ),
});
