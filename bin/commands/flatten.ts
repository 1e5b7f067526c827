import { setTimeout as wait } from 'node:timers/promises';
import { mapInParallel } from '../../functions/shared/parallel.ts';
import type { AdminClient, Item } from '../cli/admin-client.ts';
import { command } from '../cli/command.ts';
import { confirm, REASON_OPTION, YES_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { CommandError, EXIT, RefusedError } from '../cli/errors.ts';
import { table } from '../cli/text.ts';
import { nameOf, reasonIn, TARGET_OPTIONS, type Target, targetIn } from './controls.ts';

/** As many environments of the admin function as this may take from others. */
const WIDTH = 4;
/** While an account executes something it refuses, and nothing was done: asking again is safe, and soon enough. */
const ATTEMPTS_MAX = 5;
const RETRY_AFTER_MS = 400;

/** What is closed: all that an account holds, or one trade. */
interface Closing {
  readonly subject: string;
  readonly path: string;
}

export const FLATTEN = command({
  name: 'flatten',
  summary: 'close the positions of an account, a strategy or everything',
  options: { ...TARGET_OPTIONS, ...REASON_OPTION, ...YES_OPTION, ...JSON_OPTION, ...CONNECTION },
  details: `Works on halted accounts too. An account's orders are ended and all its positions closed, whatever opened them; of a
strategy its open trades are closed, and those of others stay. An account that is executing something is asked again
for some seconds. Entries still come in: to keep flat what was flattened, halt it first. The exit code is 1 when
something is left.`,
  examples: [
    { does: 'Get out of one account', line: 'onefill flatten --account paper-1 --reason "news"' },
    { does: 'Get out of what a strategy opened', line: 'onefill flatten --strategy demo --yes' },
    {
      does: 'Stop entries, then get out of everything',
      line: 'onefill halt --everything --scope entries --yes && onefill flatten --everything --yes',
    },
  ],
  async run({ values, session }) {
    const target = targetIn(values);
    const client = connect(values, session);
    const closings = await closingsOf(client, target);
    if (closings.length === 0) {
      session.note(`There is nothing to close of ${nameOf(target)}.`);
      return EXIT.done;
    }
    const count = `${closings.length} ${target.kind === 'strategy' ? 'trade' : 'account'}${closings.length === 1 ? '' : 's'}`;
    await confirm(session, `All of ${nameOf(target)} is closed at the market (${count}).`, values);
    const results = await mapInParallel(closings, WIDTH, (closing) =>
      close(client, closing, reasonIn(values)),
    );
    const columns = [
      { title: target.kind === 'strategy' ? 'TRADE' : 'ACCOUNT', value: 'subject' },
      { title: 'STATUS', value: 'status' },
      { title: 'MESSAGE', value: 'message' },
    ];
    for (const line of values.json
      ? results.map((one) => JSON.stringify(one))
      : table(session, columns, results)) {
      session.print(line);
    }
    return results.every(({ isClosed }) => isClosed) ? EXIT.done : EXIT.failed;
  },
});

async function closingsOf(client: AdminClient, target: Target): Promise<Closing[]> {
  switch (target.kind) {
    case 'account':
      return [closingOfAccount(target.id)];
    case 'strategy': {
      // So that a mistyped strategy is refused, and does not look flat.
      await client.get(`/strategies/${encodeURIComponent(target.id)}`);
      const trades = await client.list('/trades', { strategyId: target.id, state: 'OPENED' });
      return trades.map(({ tradeId }) => ({
        subject: String(tradeId),
        path: `/trades/${encodeURIComponent(String(tradeId))}/close`,
      }));
    }
    case 'everything': {
      const accounts = await client.list('/accounts');
      return accounts.map(({ accountId }) => closingOfAccount(String(accountId)));
    }
  }
}

function closingOfAccount(accountId: string): Closing {
  return { subject: accountId, path: `/accounts/${encodeURIComponent(accountId)}/flatten` };
}

/** One that fails must not keep the others from being closed. */
async function close(client: AdminClient, { subject, path }: Closing, body: object) {
  for (let attempt = 1; ; attempt += 1) {
    try {
      const answer = (await client.post(path, body)) as Item;
      const status = String(answer.status ?? answer.state);
      const isClosed = ['COMPLETED', 'SKIPPED', 'CLOSED', 'CLOSING'].includes(status);
      return { subject, status, message: answer.reasonMessage, isClosed };
    } catch (error) {
      if (error instanceof RefusedError && error.status === 409 && attempt < ATTEMPTS_MAX) {
        await wait(RETRY_AFTER_MS * attempt);
      } else if (error instanceof CommandError) {
        return { subject, status: 'failed', message: error.message, isClosed: false };
      } else {
        throw error;
      }
    }
  }
}
