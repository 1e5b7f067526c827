import type { Item } from '../cli/admin-client.ts';
import { type Command, command, type Options, type Values } from '../cli/command.ts';
import { confirm, REASON_OPTION, YES_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT, UsageError } from '../cli/errors.ts';
import { present } from '../cli/present.ts';
import type { Session } from '../cli/session.ts';
import { factLines } from './records.ts';

const COMMON = { ...REASON_OPTION, ...YES_OPTION, ...JSON_OPTION, ...CONNECTION } as const;

/** The options that say what is halted, resumed or flattened. */
export const TARGET_OPTIONS = {
  account: { type: 'string', value: '<account>', summary: 'one account' },
  strategy: { type: 'string', value: '<strategy>', summary: 'one strategy' },
  everything: { type: 'boolean', summary: 'everything' },
} as const satisfies Options;

/** What a command acts on. */
export type Target =
  | { readonly kind: 'account' | 'strategy'; readonly id: string }
  | { readonly kind: 'everything' };

/** @throws UsageError unless exactly one is given: nothing must not mean everything */
export function targetIn({ account, strategy, everything }: Values<typeof TARGET_OPTIONS>): Target {
  const given = [account, strategy, everything].filter((one) => one !== undefined);
  if (given.length !== 1) {
    throw new UsageError('Give one of --account <account>, --strategy <strategy> and --everything.');
  }
  if (account !== undefined) {
    return { kind: 'account', id: account };
  }
  return strategy === undefined ? { kind: 'everything' } : { kind: 'strategy', id: strategy };
}

/** For example `account paper-1`. */
export function nameOf(target: Target): string {
  return target.kind === 'everything' ? 'everything' : `${target.kind} ${target.id}`;
}

export const CONTROL_COMMANDS: readonly Command[] = [
  command({
    name: 'halt',
    summary: 'throw the kill switch of an account, a strategy or everything',
    options: {
      ...TARGET_OPTIONS,
      scope: { type: 'string', value: '<scope>', summary: 'all, or entries to let exits through (all)' },
      ...COMMON,
    },
    details:
      'Counts from the very next message on; what is under way goes on. Only halting everything asks first.',
    examples: [
      {
        does: 'Stop an account from opening positions',
        line: 'onefill halt --account paper-1 --scope entries --reason "drift"',
      },
      { does: 'Stop everything now', line: 'onefill halt --everything --yes --reason "venue misbehaves"' },
    ],
    async run({ values, session }) {
      const target = targetIn(values);
      const { reason, scope } = values;
      const client = connect(values, session);
      if (target.kind === 'everything') {
        await confirm(session, 'All trading stops, exits by signal as well unless --scope entries.', values);
      }
      const answer = await client.post(pathOf(target, 'halt'), present({ reason, scope }));
      return show(session, values, answer);
    },
  }),
  command({
    name: 'resume',
    summary: 'lift the halt of an account, a strategy or everything',
    options: { ...TARGET_OPTIONS, ...COMMON },
    details:
      'Lifts that halt only: an account may be halted itself, and by its strategy, and with everything.',
    examples: [
      { does: 'Let an account trade again', line: 'onefill resume --account paper-1 --reason "books agree"' },
      { does: 'Lift the halt of everything', line: 'onefill resume --everything --yes' },
    ],
    async run({ values, session }) {
      const target = targetIn(values);
      const client = connect(values, session);
      await confirm(session, `Trading of ${nameOf(target)} begins again.`, values);
      return show(session, values, await client.post(pathOf(target, 'resume'), reasonIn(values)));
    },
  }),
  command({
    name: 'unlock',
    summary: 'take an account away from whoever holds it',
    words: ['<account>'],
    options: COMMON,
    details: `For a holder that hangs: one that died is replaced by itself within seconds. What the former holder still writes is
refused, and its execution is recovered by the next one. A reason is needed.`,
    examples: [{ does: 'Free an account', line: 'onefill unlock paper-1 --reason "worker hangs"' }],
    async run({ values, words: [account = ''], session }) {
      if (values.reason === undefined) {
        throw new UsageError('--reason is needed: say why the account is taken away from its holder.');
      }
      const client = connect(values, session);
      await confirm(session, `Whoever holds account ${account} loses it.`, values);
      const path = `/monitoring/locks/account/${encodeURIComponent(account)}/unlock`;
      return show(session, values, await client.post(path, reasonIn(values)));
    },
  }),
  circuitCommand('open', 'stop the entries of a strategy until its cool-down is over', 'entries stop'),
  circuitCommand('close', 'let the entries of a strategy through again', 'entries go through'),
  circuitCommand(
    'isolate',
    'stop the entries of a strategy until somebody closes its circuit',
    'entries stop',
  ),
  circuitCommand(
    'reset',
    'close the circuit of a strategy and forget what was counted',
    'entries go through',
  ),
];

function circuitCommand(action: string, summary: string, consequence: string): Command {
  return command({
    name: `circuit ${action}`,
    summary,
    words: ['<strategy>'],
    options: COMMON,
    details: 'Exits, cancels and flattening always pass a circuit. See them with: onefill circuits',
    examples: [
      {
        does: 'With the reason for the record',
        line: `onefill circuit ${action} demo --reason "venue maintenance"`,
      },
    ],
    async run({ values, words: [strategy = ''], session }) {
      const client = connect(values, session);
      await confirm(session, `From now on ${consequence} for strategy ${strategy}.`, values);
      const path = `/monitoring/circuit-breakers/${encodeURIComponent(strategy)}/${action}`;
      return show(session, values, await client.post(path, reasonIn(values)));
    },
  });
}

/** The path of a kill switch. */
function pathOf(target: Target, verb: 'halt' | 'resume'): string {
  switch (target.kind) {
    case 'account':
      return `/accounts/${encodeURIComponent(target.id)}/${verb}`;
    case 'strategy':
      return `/strategies/${encodeURIComponent(target.id)}/${verb}`;
    case 'everything':
      return `/${verb}`;
  }
}

/** The body of a command that takes a reason and nothing else. */
export function reasonIn({ reason }: { readonly reason?: string }) {
  return present({ reason });
}

/** Prints what a command led to. @returns the exit code */
export function show(session: Session, { json }: { readonly json?: boolean }, answer: unknown): number {
  for (const line of json ? [JSON.stringify(answer)] : factLines(session, answer as Item)) {
    session.print(line);
  }
  return EXIT.done;
}
