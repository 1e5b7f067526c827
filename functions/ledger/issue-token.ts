import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { keys, type Ledger } from './table.ts';
import { hashToken, type Role, type TokenRecord } from './tokens.ts';

const TOKEN_BYTES = 32;
const TOKEN_ID_CHARACTERS = 12;

/** How long a token is worth something unless its issuer says otherwise. */
export const EXPIRES_IN_DAYS_DEFAULT = 90;
/** How long a token that has an end may be worth something. */
export const EXPIRES_IN_DAYS_MAX = 365;

const MILLISECONDS_PER_DAY = 86_400_000;

/** What an issuer says of a token beside its role. */
export type TokenTerms = Pick<TokenRecord, 'name' | 'scopes' | 'createdAtMs' | 'createdBy' | 'expiresAtMs'>;

/** A new random token; 256 bits, so a plain hash of it is as good as a slow one. */
export function newToken(): string {
  return `of_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** When a token that is issued now is created and ends. */
export function lifetime(nowMs: number, days: number): { createdAtMs: number; expiresAtMs: number } {
  return { createdAtMs: nowMs, expiresAtMs: nowMs + days * MILLISECONDS_PER_DAY };
}

/**
 * Stores a token's hash, its role and its terms. The token itself is not kept and cannot be shown again. It is listed
 * first: a death in between leaves an id that reads as absent, and never a valid token that nobody can see.
 *
 * @param terms without any, the token has every scope and no end
 */
export async function saveToken(
  ledger: Ledger,
  token: string,
  role: Role,
  terms: TokenTerms = {},
): Promise<TokenRecord> {
  const tokenHash = hashToken(token);
  const record: TokenRecord = { tokenId: tokenHash.slice(0, TOKEN_ID_CHARACTERS), role, ...terms };
  const TableName = ledger.tableName;
  const listed = { ...keys.catalog('TOKEN', record.tokenId), tokenHash };
  await ledger.client.send(new PutCommand({ TableName, Item: listed }));
  await ledger.client.send(new PutCommand({ TableName, Item: { ...keys.token(tokenHash), ...record } }));
  return record;
}
