import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb';
import { type DynamoDBDocumentClient, GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { VenueEnvironment } from '../../core/configuration.ts';
import { numberOrZero, optionalFlag, optionalNumber, optionalText } from '../../shared/shapes.ts';

/**
 * The session of one login, which all environments share: Tradovate ends sessions when there are too many of a user, and
 * allows few logins. The access token is in it as it is: whoever may read the ledger table can trade with it, for at most
 * 80 minutes. The credentials are not.
 */
export interface SessionItem {
  readonly accessToken?: string;
  /** Of the token. Times are milliseconds since the epoch. */
  readonly expiresAtMs?: number;
  readonly obtainedAtMs?: number;
  /** Who has the right to log in or renew, and until when. */
  readonly loginOwner?: string;
  readonly loginUntilMs?: number;
  /** Nobody logs in before this. */
  readonly notBeforeMs: number;
  /** Whether that is because the credentials were refused. */
  readonly isRefused?: boolean;
  /** Logins that failed since the last good one. */
  readonly failures: number;
  /** Tradovate's ticket, to be sent with the next login. */
  readonly ticket?: string;
  /** Nothing at all is sent before this. */
  readonly blockedUntilMs: number;
}

/** Where the item of a login is. */
export interface SessionStore {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly key: { readonly pk: string; readonly sk: string };
}

/** The right to log in, as it was taken. */
export interface LoginRight {
  readonly owner: string;
  readonly untilMs: number;
}

/** A token as it came. */
export interface NewToken {
  readonly accessToken: string;
  readonly expiresAtMs: number;
  readonly obtainedAtMs: number;
}

/** Items of credentials that were replaced go away by themselves. */
const KEPT_FOR_SECONDS = 86_400;

const sessionShape = z.object({
  accessToken: optionalText,
  expiresAtMs: optionalNumber,
  obtainedAtMs: optionalNumber,
  loginOwner: optionalText,
  loginUntilMs: optionalNumber,
  notBeforeMs: numberOrZero,
  isRefused: optionalFlag,
  failures: numberOrZero,
  ticket: optionalText,
  blockedUntilMs: numberOrZero,
}) satisfies z.ZodMiniType<SessionItem>;

/** The key of a login's item. Other credentials are another login, with an item and a token of their own. */
export function sessionKey(environment: VenueEnvironment, loginHash: string): SessionStore['key'] {
  return { pk: `TOKEN#tradovate#${environment}#${loginHash}`, sk: 'SESSION' };
}

/** The session as it is now; empty before the first login. */
export async function readSession({ client, tableName, key }: SessionStore): Promise<SessionItem> {
  const { Item = {} } = await client.send(
    new GetCommand({ TableName: tableName, Key: key, ConsistentRead: true }),
  );
  return z.parse(sessionShape, Item);
}

/**
 * Takes the right to log in, or to renew, for a while: a holder that dies loses it by itself.
 *
 * @param seen the session as it was read; somebody who was faster since keeps the right
 */
export function takeLogin(
  store: SessionStore,
  { owner, untilMs }: LoginRight,
  seen: SessionItem,
  nowMs: number,
): Promise<boolean> {
  const isAsSeen =
    seen.accessToken === undefined ? 'attribute_not_exists(accessToken)' : 'accessToken = :seen';
  return change(store, nowMs, {
    set: { loginOwner: owner, loginUntilMs: untilMs },
    condition:
      '(attribute_not_exists(loginUntilMs) OR loginUntilMs < :now) AND ' +
      `(attribute_not_exists(notBeforeMs) OR notBeforeMs <= :now) AND ${isAsSeen}`,
    values: { ':now': nowMs, ...(seen.accessToken === undefined ? {} : { ':seen': seen.accessToken }) },
  });
}

/** Gives everybody the token, unless the right to get it was lost meanwhile. */
export function keepToken(store: SessionStore, right: LoginRight, token: NewToken): Promise<boolean> {
  return change(store, token.obtainedAtMs, {
    set: { ...token },
    remove: ['loginOwner', 'loginUntilMs', 'notBeforeMs', 'isRefused', 'failures', 'ticket'],
    ...ownedBy(right),
  });
}

/** What a failed login leaves for the next one. */
export type LoginFailure = Required<Pick<SessionItem, 'notBeforeMs' | 'failures' | 'isRefused'>> &
  Pick<SessionItem, 'ticket'>;

/** Notes that a login failed and when to try again, and gives the right back. */
export function noteFailure(
  store: SessionStore,
  right: LoginRight,
  failure: LoginFailure,
  nowMs: number,
): Promise<boolean> {
  return change(store, nowMs, {
    set: { ...failure },
    remove: ['loginOwner', 'loginUntilMs', ...(failure.ticket === undefined ? (['ticket'] as const) : [])],
    ...ownedBy(right),
  });
}

/** Takes a token away that Tradovate does not accept any more. One that came since stays. */
export function dropToken(store: SessionStore, accessToken: string, nowMs: number): Promise<boolean> {
  return change(store, nowMs, {
    set: {},
    remove: ['accessToken', 'expiresAtMs', 'obtainedAtMs'],
    condition: 'accessToken = :dropped',
    values: { ':dropped': accessToken },
  });
}

/** Notes for everybody that nothing is to be sent for a while. */
export async function blockSession(store: SessionStore, untilMs: number, nowMs: number): Promise<void> {
  await store.client.send(new UpdateCommand(updateOf(store, nowMs, { set: { blockedUntilMs: untilMs } })));
}

function ownedBy({ owner, untilMs }: LoginRight) {
  return {
    condition: 'loginOwner = :owner AND loginUntilMs = :until',
    values: { ':owner': owner, ':until': untilMs },
  };
}

interface SessionChange {
  readonly set: Partial<SessionItem>;
  readonly remove?: readonly (keyof SessionItem)[];
  readonly values?: Readonly<Record<string, unknown>>;
}

/** A write, which also puts the item's end off. */
function updateOf({ tableName, key }: SessionStore, nowMs: number, what: SessionChange) {
  const expiresAtSeconds = Math.ceil(nowMs / 1_000) + KEPT_FOR_SECONDS;
  const set = Object.entries({ ...what.set, expiresAtSeconds });
  const removed = what.remove ? ` REMOVE ${what.remove.join(', ')}` : '';
  return {
    TableName: tableName,
    Key: key,
    UpdateExpression: `SET ${set.map(([name]) => `${name} = :set_${name}`).join(', ')}${removed}`,
    ExpressionAttributeValues: {
      ...Object.fromEntries(set.map(([name, value]) => [`:set_${name}`, value])),
      ...what.values,
    },
  };
}

/** One conditional write. Returns whether the condition held. */
async function change(
  store: SessionStore,
  nowMs: number,
  { condition, ...what }: SessionChange & { readonly condition: string },
): Promise<boolean> {
  const update = updateOf(store, nowMs, what);
  try {
    await store.client.send(new UpdateCommand({ ...update, ConditionExpression: condition }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) {
      return false;
    }
    throw error;
  }
}
