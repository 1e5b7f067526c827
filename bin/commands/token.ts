import { newToken, saveToken } from '../../functions/ledger/issue-token.ts';
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
}): Promise<number> {
  const role = ROLES.find((candidate) => candidate === options.role);
  if (role === undefined) {
    throw new UsageError(`--role must be one of ${ROLES.join(', ')}.`);
  }
  if (!options.tableName) {
    throw new UsageError('--table must name the ledger table, the stack output LedgerTableName.');
  }
  const token = newToken();
  const ledger = { client: createDocumentClient(), tableName: options.tableName };
  const { tokenId } = await saveToken(ledger, token, role);
  process.stderr.write(`Issued ${role} token ${tokenId}. It is shown only now:\n`);
  process.stdout.write(`${token}\n`);
  return 0;
}
