import { setTimeout as wait } from 'node:timers/promises';
import type { Item } from '../cli/admin-client.ts';
import { command } from '../cli/command.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT, RefusedError, UnreachableError } from '../cli/errors.ts';
import { positiveNumber, wholeNumber } from '../cli/numbers.ts';
import type { Session, Style } from '../cli/session.ts';
import { paintOutcome, printable } from '../cli/text.ts';
import { ActivityFeed } from './activity-feed.ts';

const LINES_DEFAULT = '10';
const LINES_MAX = 10_000;
const EVERY_SECONDS_DEFAULT = '1';
const BACKOFF_MS_MAX = 15_000;
const TYPE_CHARACTERS = 24;

const KINDS: readonly (readonly [style: Style, kind: RegExp])[] = [
  ['cyan', /^SIGNAL/],
  ['magenta', /^EXECUTION/],
  ['blue', /^ORDER/],
  ['green', /^TRADE/],
  ['yellow', /^(CIRCUIT|LEASE)/],
  ['red', /^(HALTED|RESUMED|UNREADABLE|ALERT)/],
  ['bold', /^(OPERATOR|CONFIGURATION|TOKEN)/],
];

export const TAIL = command({
  name: 'tail',
  summary: 'show the activity log as it grows',
  options: {
    account: { type: 'string', value: '<account>', summary: 'of this account' },
    strategy: { type: 'string', value: '<strategy>', summary: 'of this strategy' },
    lines: {
      type: 'string',
      short: 'n',
      value: '<n>',
      summary: `begin with the last so many (${LINES_DEFAULT})`,
    },
    every: { type: 'string', value: '<seconds>', summary: `look so often (${EVERY_SECONDS_DEFAULT})` },
    'no-follow': { type: 'boolean', summary: 'end after the last lines' },
    ...JSON_OPTION,
    ...CONNECTION,
  },
  details: `Runs until Ctrl-C. Each entry is shown once, also those that are written late. While Onefill does not answer it asks again
and goes on where it was. An operator's action is shown when it begins and when it has ended.`,
  examples: [
    { does: 'Everything', line: 'onefill tail' },
    { does: 'One account, for another program', line: 'onefill tail --account paper-1 --json | jq -r .type' },
  ],
  async run({ values, session }) {
    const lines = wholeNumber(values.lines ?? LINES_DEFAULT, '--lines', 0, LINES_MAX);
    const everyMs = positiveNumber(values.every ?? EVERY_SECONDS_DEFAULT, '--every', 3_600) * 1_000;
    const filter = { accountId: values.account, strategyId: values.strategy };
    const feed = new ActivityFeed(connect(values, session), filter);
    const print = (items: readonly Item[]) => {
      for (const item of items) {
        session.print(values.json ? JSON.stringify(item) : activityLine(session, item));
      }
    };
    const stopping = session.stopping();
    print(await feed.begin(lines));
    let failures = 0;
    while (!values['no-follow'] && !stopping.aborted) {
      const pauseMs = Math.min(everyMs * 2 ** failures, Math.max(everyMs, BACKOFF_MS_MAX));
      // Rejects when it is aborted, which the loop looks at.
      await wait(pauseMs, undefined, { signal: stopping }).catch(() => undefined);
      if (stopping.aborted) {
        break;
      }
      try {
        print(await feed.poll());
        failures = 0;
      } catch (error) {
        if (!isTransient(error)) {
          throw error;
        }
        failures += 1;
        session.note(printable(`${error.message} Asking again.`));
      }
    }
    return EXIT.done;
  },
});

function isTransient(error: unknown): error is Error {
  return error instanceof UnreachableError || (error instanceof RefusedError && error.status === 429);
}

/** One entry on one line: when, what, and all that is known of it. */
function activityLine(session: Session, { at, type, activityId: _, ...fields }: Item): string {
  const kind = printable(type);
  const style = KINDS.find(([, pattern]) => pattern.test(kind))?.[0];
  const title = kind.padEnd(TYPE_CHARACTERS);
  const told = Object.keys(fields)
    .toSorted()
    .map((name) => `${session.paint('dim', `${name}=`)}${paintOutcome(session, printable(fields[name]))}`);
  return [
    session.paint('dim', printable(at)),
    style === undefined ? title : session.paint(style, title),
    ...told,
  ].join(' ');
}
