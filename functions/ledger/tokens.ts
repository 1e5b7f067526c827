import { hash } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { keys, type Ledger } from './table.ts';

/** What a bearer token may do: a viewer reads, an operator also changes. */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Which changes an operator's token may ask for:
 *
 * - `operate`: halts, flattening, circuits, locks, dead letters, trades: what is done to what runs
 * - `configure`: webhooks, strategies, accounts and settings
 * - `tokens`: issuing and revoking tokens
 */
export const SCOPES = ['operate', 'configure', 'tokens'] as const;
export type Scope = (typeof SCOPES)[number];

/** A bearer token as it is known after it was issued: by its role and the first characters of its hash. */
export interface TokenHolder {
  readonly tokenId: string;
  readonly role: Role;
  /** Absent: all of them, for an operator. */
  readonly scopes?: readonly Scope[];
  /** From when on it is worth nothing. Absent: never. */
  readonly expiresAtMs?: number;
}

/** Everything that is kept of a token. */
export interface TokenRecord extends TokenHolder {
  readonly name?: string;
  readonly createdAtMs?: number;
  /** By whose token it was issued. Absent: by somebody with AWS credentials. */
  readonly createdBy?: string;
  readonly revokedAtMs?: number;
  readonly revokedBy?: string;
}

const milliseconds = z.exactOptional(z.number());
const text = z.exactOptional(z.string());

const recordShape = z.object({
  tokenId: z.string(),
  role: z.enum(ROLES),
  scopes: z.exactOptional(z.array(z.enum(SCOPES))),
  expiresAtMs: milliseconds,
  name: text,
  createdAtMs: milliseconds,
  createdBy: text,
  revokedAtMs: milliseconds,
  revokedBy: text,
}) satisfies z.ZodMiniType<TokenRecord>;

/** What is kept of the token with this hash, valid or not, or `undefined` when it was never issued. */
export async function readToken(ledger: Ledger, tokenHash: string): Promise<TokenRecord | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.token(tokenHash), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : z.parse(recordShape, Item);
}

/**
 * Who holds the token, or `undefined` when it was never issued or is revoked. Whether it has expired is for the caller to
 * say, who knows the time. The look-up is by hash, so it leaks no timing.
 */
export async function findTokenHolder(ledger: Ledger, token: string): Promise<TokenHolder | undefined> {
  const record = await readToken(ledger, hashToken(token));
  return record?.revokedAtMs === undefined ? record : undefined;
}

/** Whether a token is worth anything at this moment. The last moment is the one before it expires. */
export function isInTime({ expiresAtMs }: Pick<TokenHolder, 'expiresAtMs'>, nowMs: number): boolean {
  return expiresAtMs === undefined || nowMs < expiresAtMs;
}

/** How a token is stored and looked up. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}
