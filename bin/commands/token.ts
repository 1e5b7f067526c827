import type { Item } from '../cli/admin-client.ts';
import { type Command, command } from '../cli/command.ts';
import { confirm, REASON_OPTION, YES_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT, UsageError } from '../cli/errors.ts';
import { wholeNumber } from '../cli/numbers.ts';
import { present } from '../cli/present.ts';
import type { Session } from '../cli/session.ts';
import { list } from './lists.ts';

/** Commands that say who may use the admin API. */
export const TOKEN_COMMANDS: readonly Command[] = [
  command({
    name: 'token create',
    summary: 'issue a bearer token; it is shown only now',
    options: {
      role: { type: 'string', value: '<role>', summary: 'viewer reads, operator changes things' },
      name: { type: 'string', value: '<text>', summary: 'whose it is, or what for' },
      scope: {
        type: 'string',
        multiple: true,
        value: '<scope>',
        summary: 'what an operator may change: operate, configure or tokens; else all that you may',
      },
      'expires-in-days': {
        type: 'string',
        value: '<n>',
        summary: 'until when it is valid, up to 365 (90); with --table also never',
      },
      table: {
        type: 'string',
        value: '<table>',
        summary: 'write to the ledger table itself, with AWS credentials: for the first token',
      },
      ...REASON_OPTION,
      ...JSON_OPTION,
      ...CONNECTION,
    },
    details: `The token goes to standard output and all else to standard error, so that it can be piped to where it is kept. With
--table it makes the first operator of a deployed stack, and needs AWS credentials that may write to the table.`,
    examples: [
      {
        does: 'For a dashboard',
        line: 'onefill token create --role viewer --name dashboard --expires-in-days 90',
      },
      {
        does: 'The first operator of a deployed stack',
        line: 'onefill token create --role operator --table onefill-production-LedgerTable',
      },
    ],
    async run({ values, session }) {
      // The store's client takes longer to load than all other commands together.
      const { EXPIRES_IN_DAYS_DEFAULT, EXPIRES_IN_DAYS_MAX, ROLES, writeToken } = await import(
        './write-token.ts'
      );
      const role = ROLES.find((candidate) => candidate === values.role);
      if (role === undefined) {
        throw new UsageError(`--role must be one of ${ROLES.join(', ')}.`);
      }
      const { table, scope: scopes, name, reason } = values;
      const days = values['expires-in-days'] ?? String(EXPIRES_IN_DAYS_DEFAULT);
      const issued =
        table === undefined
          ? await connect(values, session).post('/tokens', {
              role,
              expiresInDays: wholeNumber(days, '--expires-in-days', 1, EXPIRES_IN_DAYS_MAX),
              ...present({ name, scopes, reason }),
            })
          : await writeToken(table, role, days, present({ name }));
      return showIssued(session, values.json === true, issued);
    },
  }),
  list({
    name: 'token list',
    summary: 'list tokens: whose they are, never the tokens themselves',
    path: '/tokens',
    filters: [],
    columns: [
      { title: 'TOKEN', value: 'tokenId' },
      { title: 'ROLE', value: 'role' },
      { title: 'SCOPES', value: ({ scopes }) => ((scopes ?? []) as readonly string[]).join(',') },
      { title: 'NAME', value: 'name' },
      { title: 'STATUS', value: 'status' },
      { title: 'CREATED', value: 'createdAt' },
      { title: 'EXPIRES', value: 'expiresAt' },
    ],
    examples: [{ does: 'Who may do what', line: 'onefill token list' }],
  }),
  command({
    name: 'token revoke',
    summary: 'revoke a token, also one’s own',
    words: ['<token-id>'],
    options: {
      force: { type: 'boolean', summary: 'also the last one that can issue others' },
      ...REASON_OPTION,
      ...YES_OPTION,
      ...JSON_OPTION,
      ...CONNECTION,
    },
    details: 'By the id that onefill token list shows. It counts within half a minute.',
    examples: [
      { does: 'A laptop was lost', line: 'onefill token revoke 4f1d2c3b4a59 --reason "laptop lost"' },
    ],
    async run({ values, words: [tokenId = ''], session }) {
      const client = connect(values, session);
      await confirm(session, `Whoever uses the token ${tokenId} is locked out.`, values);
      await client.delete(`/tokens/${encodeURIComponent(tokenId)}`, {
        force: values.force ? 'true' : undefined,
        reason: values.reason,
      });
      session.print(values.json ? JSON.stringify({ tokenId, status: 'revoked' }) : `Revoked ${tokenId}.`);
      return EXIT.done;
    },
  }),
];

function showIssued(session: Session, isJson: boolean, issued: unknown): number {
  if (isJson) {
    session.print(JSON.stringify(issued));
  } else {
    const { role, tokenId, expiresAt, token } = issued as Item;
    session.note(
      `Issued ${role} token ${tokenId}, which expires: ${expiresAt ?? 'never'}. It is shown only now:`,
    );
    session.print(String(token));
  }
  return EXIT.done;
}
