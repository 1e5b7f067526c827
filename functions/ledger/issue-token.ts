import { randomBytes } from 'node:crypto';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { keys, type Ledger } from './table.ts';
import { hashToken, type Role, type TokenHolder } from './tokens.ts';

const TOKEN_BYTES = 32;
const TOKEN_ID_CHARACTERS = 12;

/** A new random token; 256 bits, so a plain hash of it is as good as a slow one. */
export function newToken(): string {
  return `of_${randomBytes(TOKEN_BYTES).toString('base64url')}`;
}

/** Stores a token's hash and role. The token itself is not kept and cannot be shown again. */
export async function saveToken(ledger: Ledger, token: string, role: Role): Promise<TokenHolder> {
  const hash = hashToken(token);
  const holder: TokenHolder = { tokenId: hash.slice(0, TOKEN_ID_CHARACTERS), role };
  await ledger.client.send(
    new PutCommand({ TableName: ledger.tableName, Item: { ...keys.token(hash), ...holder } }),
  );
  return holder;
}
