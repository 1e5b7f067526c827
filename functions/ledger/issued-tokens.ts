import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { conditionally, keys, type Ledger } from './table.ts';
import { readToken, type TokenRecord } from './tokens.ts';

/** What an operator knows a token by: the first characters of its hash. */
export const TOKEN_ID = /^[0-9a-f]{12}$/;

/** What is kept of an issued token, valid or not. */
export async function readIssuedToken(ledger: Ledger, tokenId: string): Promise<TokenRecord | undefined> {
  const tokenHash = await findTokenHash(ledger, tokenId);
  return tokenHash === undefined ? undefined : readToken(ledger, tokenHash);
}

/**
 * Revokes a token; who revoked it first, and when, stands. It stays listed. Environments that remember it let it in for
 * another half minute.
 *
 * @returns false when there is none
 */
export async function revokeToken(
  ledger: Ledger,
  tokenId: string,
  by: { readonly revokedAtMs: number; readonly revokedBy: string },
): Promise<boolean> {
  const tokenHash = await findTokenHash(ledger, tokenId);
  if (tokenHash === undefined) {
    return false;
  }
  const { written } = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.token(tokenHash),
        UpdateExpression:
          'SET revokedAtMs = if_not_exists(revokedAtMs, :at), revokedBy = if_not_exists(revokedBy, :by)',
        ConditionExpression: 'attribute_exists(tokenId)',
        ExpressionAttributeValues: { ':at': by.revokedAtMs, ':by': by.revokedBy },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return written;
}

async function findTokenHash(ledger: Ledger, tokenId: string): Promise<string | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({
      TableName: ledger.tableName,
      Key: keys.catalog('TOKEN', tokenId),
      ConsistentRead: true,
    }),
  );
  return Item === undefined ? undefined : String(Item.tokenHash);
}
