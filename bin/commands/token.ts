import {
  EXPIRES_IN_DAYS_DEFAULT,
  EXPIRES_IN_DAYS_MAX,
  lifetime,
  newToken,
  saveToken,
  type TokenTerms,
} from '../../functions/ledger/issue-token.ts';
import { ROLES } from '../../functions/ledger/tokens.ts';
import { createDocumentClient } from '../../functions/shared/clients.ts';
import { UsageError } from './usage-error.ts';

/**
 * Issues a bearer token: prints it once and stores its hash in the ledger table. Needs AWS credentials that may
 * write to the table, which is what makes the first operator.
 */
export async function createToken(options: {
  readonly role: string | undefined;
  readonly tableName: string | undefined;
  readonly name?: string | undefined;
  /** A number of days, or `never`. */
  readonly expiresInDays?: string | undefined;
}): Promise<number> {
  const role = ROLES.find((candidate) => candidate === options.role);
  if (role === undefined) {
    throw new UsageError(`--role must be one of ${ROLES.join(', ')}.`);
  }
  if (!options.tableName) {
    throw new UsageError('--table must name the ledger table, the stack output LedgerTableName.');
  }
  const terms = readLifetime(options.expiresInDays, Date.now());
  const token = newToken();
  const ledger = { client: createDocumentClient(), tableName: options.tableName };
  const { tokenId } = await saveToken(ledger, token, role, {
    ...terms,
    ...(options.name === undefined ? {} : { name: options.name }),
  });
  const end = terms.expiresAtMs === undefined ? 'never' : new Date(terms.expiresAtMs).toISOString();
  process.stderr.write(`Issued ${role} token ${tokenId}, which expires: ${end}. It is shown only now:\n`);
  process.stdout.write(`${token}\n`);
  return 0;
}

function readLifetime(text: string | undefined, nowMs: number): TokenTerms {
  if (text === 'never') {
    return { createdAtMs: nowMs };
  }
  const days = text === undefined ? EXPIRES_IN_DAYS_DEFAULT : Number(text);
  if (!Number.isInteger(days) || days < 1 || days > EXPIRES_IN_DAYS_MAX) {
    throw new UsageError(`--expires-in-days must be a number from 1 to ${EXPIRES_IN_DAYS_MAX}, or never.`);
  }
  return lifetime(nowMs, days);
}
