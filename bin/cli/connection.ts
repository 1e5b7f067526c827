import { AdminClient } from './admin-client.ts';
import type { Invocation, Options } from './command.ts';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

/** The operator token of the local cloud unless the environment says otherwise. It opens nothing but paper. */
export const LOCAL_TOKEN = 'local-operator';

export const PORT_DEFAULT = '3000';

/** What can stand in an HTTP header as it is. */
const HEADER_TEXT = /^[\x21-\x7e]+$/;

/** Options of every command that speaks to Onefill. */
export const URL_OPTION = {
  url: {
    type: 'string',
    value: '<url>',
    summary: 'where Onefill is; else ONEFILL_URL, else http://127.0.0.1:$PORT',
  },
} as const satisfies Options;

/** Options of every command that uses the admin API. */
export const CONNECTION = {
  ...URL_OPTION,
  token: {
    type: 'string',
    value: '<token>',
    summary: 'bearer token; better in ONEFILL_ADMIN_TOKEN, where other processes do not see it',
  },
} as const satisfies Options;

/** The option of every command that scripts read. */
export const JSON_OPTION = {
  json: { type: 'boolean', summary: 'print JSON, a line for each item, instead of text' },
} as const satisfies Options;

type Given = Invocation<typeof CONNECTION>['values'];

/** Where Onefill is. @throws UsageError when it is no URL; the message does not repeat it, it may hold a password */
export function urlOf({ url: given }: Given, { environment, note }: Session): string {
  const text = given ?? (environment.ONEFILL_URL || `http://127.0.0.1:${environment.PORT || PORT_DEFAULT}`);
  const name = given === undefined ? 'ONEFILL_URL' : '--url';
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol) || url.username || url.password || url.search || url.hash) {
    throw new UsageError(`${name} must be a URL such as https://abc.execute-api.eu-central-1.amazonaws.com.`);
  }
  if (url.protocol === 'http:' && !isLoopback(url)) {
    note(`${url.origin} is not encrypted: whoever is on the way can read the token.`);
  }
  return text.replace(/\/+$/, '');
}

/** The admin API as the options and the environment say. @throws UsageError when there is no token for it */
export function connect(values: Given, session: Session): AdminClient {
  const url = urlOf(values, session);
  const token = values.token ?? (session.environment.ONEFILL_ADMIN_TOKEN || localTokenFor(url));
  if (token === undefined) {
    throw new UsageError(`Set ONEFILL_ADMIN_TOKEN to a token for ${url}.`);
  }
  return new AdminClient(url, headerText(token, 'The token'));
}

/** Refuses, without repeating it, what could not be sent in a header. */
export function headerText(text: string, name: string): string {
  if (!HEADER_TEXT.test(text)) {
    throw new UsageError(`${name} must be printable ASCII characters without spaces.`);
  }
  return text;
}

/** Whether a URL leads to this machine, where secrets that everybody knows do no harm. */
export function isLocal(url: string): boolean {
  return isLoopback(new URL(url));
}

function localTokenFor(url: string): string | undefined {
  return isLocal(url) ? LOCAL_TOKEN : undefined;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);
}
