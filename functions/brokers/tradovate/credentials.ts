import { hash } from 'node:crypto';
import * as z from 'zod/mini';
import { text } from '../../shared/shapes.ts';

/** Who logs in at Tradovate. Several accounts may share a login. */
export interface TradovateLogin {
  readonly name: string;
  readonly password: string;
  readonly appId: string;
  readonly appVersion: string;
  readonly deviceId: string;
  readonly cid: string;
  readonly sec: string;
}

/** What the secret of an account at Tradovate holds. */
export interface TradovateCredentials extends TradovateLogin {
  /** The account's name there. */
  readonly accountSpec: string;
  /** The account's number there, in digits. */
  readonly accountId: string;
}

const DIGITS = /^\d{1,19}$/;

const filled = z.string().check(z.minLength(1));

/** A number, which people write with quotes or without. */
const digits = z.pipe(z.pipe(z.union([text, z.number()]), z.transform(String)), text.check(z.regex(DIGITS)));

export const credentialsShape: z.ZodMiniType<TradovateCredentials> = z.object({
  name: filled,
  password: filled,
  appId: filled,
  appVersion: filled,
  deviceId: filled,
  cid: digits,
  sec: filled,
  accountSpec: filled,
  accountId: digits,
});

/** The part of credentials that logs in. */
export function loginOf(credentials: TradovateCredentials): TradovateLogin {
  const { name, password, appId, appVersion, deviceId, cid, sec } = credentials;
  return { name, password, appId, appVersion, deviceId, cid, sec };
}

/**
 * One name for one login, which tells nothing of it: any change of the credentials makes it another. It is as hard to
 * guess as the password and the API key together.
 */
export function loginHash({ name, password, appId, appVersion, deviceId, cid, sec }: TradovateLogin): string {
  return hash('sha256', JSON.stringify([name, password, appId, appVersion, deviceId, cid, sec]), 'hex');
}
