import { hash } from 'node:crypto';
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { keys, type Ledger } from './table.ts';

/** What a bearer token may do: a viewer reads, an operator also changes. */
export const ROLES = ['viewer', 'operator'] as const;
export type Role = (typeof ROLES)[number];

/** A bearer token as it is known after it was issued: by its role and the first characters of its hash. */
export interface TokenHolder {
  readonly tokenId: string;
  readonly role: Role;
}

const holderShape = z.object({ tokenId: z.string(), role: z.enum(ROLES) });

/** Who holds the token, or `undefined` when it was never issued. The look-up is by hash, so it leaks no timing. */
export async function findTokenHolder(ledger: Ledger, token: string): Promise<TokenHolder | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.token(hashToken(token)), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : z.parse(holderShape, Item);
}

/** How a token is stored and looked up. */
export function hashToken(token: string): string {
  return hash('sha256', token, 'hex');
}
