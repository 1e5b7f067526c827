import { type Command, command } from '../cli/command.ts';
import { confirm, REASON_OPTION, YES_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT, UsageError } from '../cli/errors.ts';
import { reasonIn, show } from './controls.ts';

const COMMON = { ...REASON_OPTION, ...YES_OPTION, ...JSON_OPTION, ...CONNECTION } as const;

/** Commands that finish what was left unfinished. */
export const RECOVERY_COMMANDS: readonly Command[] = [
  command({
    name: 'reconcile',
    summary: 'finish what was left unfinished and compare with the broker',
    options: {
      account: {
        type: 'string',
        value: '<account>',
        summary: 'of this account; else of all, as far as 8 s reach',
      },
      ...REASON_OPTION,
      ...JSON_OPTION,
      ...CONNECTION,
    },
    details:
      'The reconciler does it every minute. It places nothing but what an execution under way still needs.',
    examples: [
      { does: 'Now, and not within the minute', line: 'onefill reconcile' },
      { does: 'One account', line: 'onefill reconcile --account paper-1' },
    ],
    async run({ values, session }) {
      const { account } = values;
      const path =
        account === undefined ? '/reconcile' : `/accounts/${encodeURIComponent(account)}/reconcile`;
      return show(session, values, await connect(values, session).post(path, reasonIn(values)));
    },
  }),
  command({
    name: 'redrive',
    summary: 'put dead letters back into the queue',
    words: ['[execution...]'],
    options: COMMON,
    details: `All of them, or those of the named executions. It can never place an order twice: an execution that was recorded is
not executed again. See them first with: onefill dead-letters`,
    examples: [
      { does: 'All of them', line: 'onefill redrive --reason "bug fixed"' },
      { does: 'One', line: 'onefill redrive sig_01k9zq3x5e7f8g9h0j1k2m3n4p~demo~paper-1 --yes' },
    ],
    async run({ values, words, session }) {
      const client = connect(values, session);
      await confirm(
        session,
        `${words.length === 0 ? 'Every dead letter' : `Up to ${words.length} dead letters`} is executed.`,
        values,
      );
      const body = { ...reasonIn(values), ...(words.length === 0 ? {} : { executionIds: words }) };
      const answer = (await client.post('/monitoring/dead-letters/redrive', body)) as {
        readonly failed?: readonly unknown[];
      };
      show(session, values, answer);
      return (answer.failed ?? []).length === 0 ? EXIT.done : EXIT.failed;
    },
  }),
  command({
    name: 're-execute',
    summary: 'execute anew what was recorded, as a signal of its own',
    words: ['<execution>'],
    options: {
      force: { type: 'boolean', summary: 'also one that traded: this trades it again' },
      ...COMMON,
    },
    details:
      'For an execution that ended without what was wanted. A reason is needed. The API refuses what is not safe.',
    examples: [
      {
        does: 'Try again what was refused while the account was halted',
        line: 'onefill re-execute sig_01k9zq3x5e7f8g9h0j1k2m3n4p~demo~paper-1 --reason "halt was a mistake"',
      },
    ],
    async run({ values, words: [execution = ''], session }) {
      const body = { ...neededReason(values), ...(values.force ? { force: true } : {}) };
      const client = connect(values, session);
      await confirm(session, `${execution} is executed anew and may place orders.`, values);
      return show(session, values, await client.post(`${pathOf(execution)}/re-execute`, body));
    },
  }),
  command({
    name: 'resolve',
    summary: 'say what became of orders that stay UNKNOWN',
    words: ['<execution>'],
    options: {
      'not-placed': {
        type: 'string',
        multiple: true,
        value: '<order>',
        summary: 'the client order id of one that the broker never had',
      },
      filled: {
        type: 'string',
        multiple: true,
        value: '<order>=<quantity>@<price>',
        summary: 'what filled of one, and at what price',
      },
      ...COMMON,
    },
    details: `For a broker that can neither tell nor be asked: look into its own screens first. Onefill goes on as if the broker had
said it. A reason is needed. The orders are in: onefill executions <execution>`,
    examples: [
      {
        does: 'The broker never had it',
        line: 'onefill resolve sig_01k9zq3x5e7f8g9h0j1k2m3n4p~demo~paper-1 --not-placed of4xk2m3n4p5q6r7s8t9v0w1x2y3z4a5 --reason "not in the blotter"',
      },
      {
        does: 'It filled',
        line: 'onefill resolve sig_01k9zq3x5e7f8g9h0j1k2m3n4p~demo~paper-1 --filled of4xk2m3n4p5q6r7s8t9v0w1x2y3z4a5=2@21534.25 --reason "in the blotter"',
      },
    ],
    async run({ values, words: [execution = ''], session }) {
      const absent = (values['not-placed'] ?? []).map((clientOrderId) => ({
        clientOrderId,
        outcome: 'not_placed',
      }));
      const orders = [...absent, ...(values.filled ?? []).map(filledOrder)];
      if (orders.length === 0) {
        throw new UsageError('Say what became of its orders: --not-placed or --filled.');
      }
      const body = { ...neededReason(values), orders };
      const client = connect(values, session);
      await confirm(session, `Onefill takes your word for ${orders.length} of its orders.`, values);
      return show(session, values, await client.post(`${pathOf(execution)}/resolve`, body));
    },
  }),
];

function pathOf(execution: string): string {
  return `/executions/${encodeURIComponent(execution)}`;
}

function neededReason({ reason }: { readonly reason?: string }) {
  if (reason === undefined) {
    throw new UsageError('--reason is needed: say why, for the record.');
  }
  return { reason };
}

function filledOrder(text: string) {
  const [, clientOrderId, quantity, price] = /^([^=@]+)=([^=@]+)@([^=@]+)$/.exec(text) ?? [];
  if (clientOrderId === undefined) {
    throw new UsageError('--filled must be <order>=<quantity>@<price>, such as of4xk2…=2@21534.25.');
  }
  return { clientOrderId, outcome: 'filled', quantity, price };
}
