import { setTimeout as wait } from 'node:timers/promises';
import type { AdminClient, Item } from '../cli/admin-client.ts';
import { command } from '../cli/command.ts';
import { CONNECTION, connect, headerText, JSON_OPTION, urlOf } from '../cli/connection.ts';
import { EXIT, RefusedError } from '../cli/errors.ts';
import { positiveNumber } from '../cli/numbers.ts';
import { CREDENTIAL_OPTIONS, credentialsFor, sendSignal } from '../cli/webhook-client.ts';
import { PAYLOAD_OPTIONS, readPayload } from './payload.ts';
import { receiptLines } from './records.ts';

const POLL_MS = 100;
const PATIENCE_SECONDS = '30';
const PATIENCE_SECONDS_MAX = 3_600;

/** Statuses in which nothing more happens by itself, and of those the ones that were meant. */
const ENDED = ['COMPLETED', 'SKIPPED', 'REJECTED', 'ROLLED_BACK', 'HALTED'];
const WELL_ENDED = ['COMPLETED', 'SKIPPED'];

export const SEND = command({
  name: 'send',
  summary: 'send a signal to a webhook',
  options: {
    webhook: { type: 'string', short: 'w', value: '<webhook>', summary: 'to which webhook (demo)' },
    ...PAYLOAD_OPTIONS,
    id: {
      type: 'string',
      value: '<id>',
      summary: 'what makes it the same signal when it is sent again; else its content does',
    },
    ...CREDENTIAL_OPTIONS,
    wait: { type: 'boolean', summary: 'wait until its executions have ended, and show what became of it' },
    timeout: { type: 'string', value: '<seconds>', summary: `wait at most so long (${PATIENCE_SECONDS})` },
    ...JSON_OPTION,
    ...CONNECTION,
  },
  details: `The same signal again trades nothing: it gets the first answer, and this says that it is a duplicate. A signed signal
without --id gets an id of its own, and so is never one. The demo's secret need not be given on this machine. With --wait
the exit code is 1 unless every execution ended COMPLETED or SKIPPED.`,
  examples: [
    {
      does: 'Buy one on paper, and see what becomes of it',
      line: 'onefill send --symbol MNQ1! --action buy --quantity 1 --price 21534.25 --wait',
    },
    {
      does: 'Buy with a stop-loss and a take-profit',
      line: 'onefill send --symbol MNQ1! --action buy --quantity 1 --price 21540 --stop-loss percent=1 --take-profit percent=2',
    },
    {
      does: 'Signed, with an id, so that it may be sent again',
      line: 'ONEFILL_HMAC_SECRET=whsec_… onefill send --webhook desk --id 4711 --symbol AAPL --action sell',
    },
    {
      does: "Any payload that the webhook takes, here TradingView's",
      line: `onefill send --webhook desk --json-body '{"ticker":"AAPL","action":"buy","contracts":1}'`,
    },
    { does: 'From another program', line: 'generate-signal | onefill send --webhook desk --file -' },
  ],
  async run({ values, session }) {
    const { webhook: webhookId = 'demo' } = values;
    const url = urlOf(values, session);
    const patienceMs =
      positiveNumber(values.timeout ?? PATIENCE_SECONDS, '--timeout', PATIENCE_SECONDS_MAX) * 1_000;
    const credentials = credentialsFor(values, session, { url, webhookId });
    // Before anything is sent: what is wrong with the token must not come out after the trade.
    const client = values.wait ? connect(values, session) : undefined;
    const id = values.id === undefined ? {} : { id: headerText(values.id, '--id') };
    const body = await readPayload(values, session);
    const accepted = await sendSignal(url, { webhookId, body, ...id }, credentials);
    if (accepted.isDuplicate) {
      session.note('A duplicate: the signal came before, and this is the first answer again.');
    }
    if (client === undefined) {
      const { isDuplicate, ...answer } = accepted;
      session.print(
        values.json ? JSON.stringify({ ...answer, duplicate: isDuplicate }) : summaryOf(accepted),
      );
      return EXIT.done;
    }
    const receipt = await becameOf(client, accepted.signalId, patienceMs);
    const lines = values.json
      ? [JSON.stringify({ ...receipt, duplicate: accepted.isDuplicate })]
      : receiptLines(session, receipt);
    for (const line of lines) {
      session.print(line);
    }
    const statuses = statusesIn(receipt);
    if (!statuses.every((status) => ENDED.includes(status))) {
      session.note(
        `Not all of it has ended within ${patienceMs / 1_000} s: onefill signals ${accepted.signalId}`,
      );
    }
    return statuses.every((status) => WELL_ENDED.includes(status)) ? EXIT.done : EXIT.failed;
  },
});

/** The receipt of a signal as soon as its executions have ended, or as it is when patience ends. */
async function becameOf(client: AdminClient, signalId: string, patienceMs: number): Promise<Item> {
  const deadlineMs = performance.now() + patienceMs;
  for (;;) {
    const receipt = await readReceipt(client, signalId);
    const isOver = receipt && statusesIn(receipt).every((status) => ENDED.includes(status));
    if (isOver || performance.now() >= deadlineMs) {
      return receipt ?? { signalId, executions: [{ status: 'PENDING' }] };
    }
    await wait(POLL_MS);
  }
}

/** A read may be behind the write of a moment ago. */
async function readReceipt(client: AdminClient, signalId: string): Promise<Item | undefined> {
  try {
    return (await client.get(`/signals/${signalId}`)) as Item;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) {
      return undefined;
    }
    throw error;
  }
}

function statusesIn({ executions }: Item): readonly string[] {
  return ((executions ?? []) as readonly Item[]).map(({ status }) => String(status));
}

function summaryOf({
  signalId,
  executions,
}: {
  readonly signalId: string;
  readonly executions: readonly Item[];
}) {
  const accounts = executions.map(({ accountId, strategyId }) => `${accountId} (${strategyId})`).join(', ');
  return `${signalId} accepted for ${executions.length} account${executions.length === 1 ? '' : 's'}${accounts === '' ? '' : `: ${accounts}`}`;
}
