import {
  EXPIRES_IN_DAYS_DEFAULT,
  EXPIRES_IN_DAYS_MAX,
  lifetime,
  newToken,
  saveToken,
  type TokenTerms,
} from '../../functions/ledger/issue-token.ts';
import { ROLES, type Role } from '../../functions/ledger/tokens.ts';
import { createDocumentClient } from '../../functions/shared/clients.ts';
import type { Item } from '../cli/admin-client.ts';
import { wholeNumber } from '../cli/numbers.ts';

export { EXPIRES_IN_DAYS_DEFAULT, EXPIRES_IN_DAYS_MAX, ROLES };

/**
 * Stores the hash of a new token in the ledger table, which is what makes the first operator.
 *
 * @param days a number of days, or `never`
 * @returns the token and what it is, as the API answers it
 */
export async function writeToken(
  tableName: string,
  role: Role,
  days: string,
  terms: TokenTerms,
): Promise<Item> {
  const nowMs = Date.now();
  const ends =
    days === 'never'
      ? { createdAtMs: nowMs }
      : lifetime(nowMs, wholeNumber(days, '--expires-in-days', 1, EXPIRES_IN_DAYS_MAX));
  const token = newToken();
  const ledger = { client: createDocumentClient(), tableName };
  const { tokenId, expiresAtMs } = await saveToken(ledger, token, role, { ...ends, ...terms });
  const expiresAt = expiresAtMs === undefined ? null : new Date(expiresAtMs).toISOString();
  return { tokenId, role, expiresAt, token };
}
