import { type Command, command } from '../cli/command.ts';
import { REASON_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT } from '../cli/errors.ts';
import type { Column } from '../cli/text.ts';
import { reasonIn, show } from './controls.ts';
import { list, showItems } from './lists.ts';

const DEAD_LETTERS_DEFAULT = '20';

export const CIRCUIT_COLUMNS: readonly Column[] = [
  { title: 'STRATEGY', value: 'strategyId' },
  { title: 'STATE', value: 'state' },
  { title: 'FAILURES', value: 'failures', alignment: 'right' },
  { title: 'IN A ROW', value: 'consecutiveFailures', alignment: 'right' },
  { title: 'OPENINGS', value: 'openings', alignment: 'right' },
  { title: 'OPEN UNTIL', value: 'openUntil' },
  { title: 'REASON', value: 'reasonMessage' },
];

export const LOCK_COLUMNS: readonly Column[] = [
  { title: 'ACCOUNT', value: 'accountId' },
  { title: 'HELD', value: ({ leased }) => (leased ? 'yes' : 'no') },
  { title: 'UNTIL', value: 'expiresAt' },
  { title: 'CONTENTIONS', value: 'contentions', alignment: 'right' },
  { title: 'WAITED MS', value: 'waitMs', alignment: 'right' },
  { title: 'TIMEOUTS', value: 'timeouts', alignment: 'right' },
  { title: 'OWNER', value: 'ownerId' },
];

export const ALERT_COLUMNS: readonly Column[] = [
  { title: 'LAST', value: 'lastAt' },
  { title: 'SEVERITY', value: 'severity' },
  { title: 'TYPE', value: 'type' },
  { title: 'SUBJECT', value: 'subject' },
  { title: 'TIMES', value: 'occurrences', alignment: 'right' },
  { title: 'ALERT', value: 'alertId' },
  { title: 'MESSAGE', value: 'message' },
];

/** Commands that look at what may need somebody. */
export const MONITORING_COMMANDS: readonly Command[] = [
  list({
    name: 'circuits',
    summary: "list the strategies' circuits",
    path: '/monitoring/circuit-breakers',
    filters: [],
    columns: CIRCUIT_COLUMNS,
    examples: [{ does: 'Which are open', line: 'onefill circuits' }],
  }),
  list({
    name: 'locks',
    summary: 'list the accounts that are held, or were fought over',
    path: '/monitoring/locks/status',
    filters: [],
    columns: LOCK_COLUMNS,
    examples: [{ does: 'Who holds what', line: 'onefill locks' }],
  }),
  list({
    name: 'alerts',
    summary: 'list alerts, the last first',
    path: '/monitoring/alerts',
    filters: ['severity', 'type', 'subject', 'acknowledged', 'from', 'to'],
    columns: ALERT_COLUMNS,
    examples: [
      { does: 'What nobody has seen yet', line: 'onefill alerts --acknowledged false' },
      { does: 'The worst of it', line: 'onefill alerts --severity CRITICAL' },
    ],
  }),
  command({
    name: 'alerts ack',
    summary: 'acknowledge an alert: somebody has seen it',
    words: ['<alert>'],
    options: { ...REASON_OPTION, ...JSON_OPTION, ...CONNECTION },
    examples: [
      {
        does: 'With what is done about it',
        line: 'onefill alerts ack alt_01k9zq3x5e7f8g9h0j1k2m3n4p --reason "broker is called"',
      },
    ],
    async run({ values, words: [alert = ''], session }) {
      const path = `/monitoring/alerts/${encodeURIComponent(alert)}/acknowledge`;
      return show(session, values, await connect(values, session).post(path, reasonIn(values)));
    },
  }),
  command({
    name: 'dead-letters',
    summary: 'list executions that nobody tries again',
    options: {
      limit: {
        type: 'string',
        short: 'n',
        value: '<n>',
        summary: `at most so many, up to 100 (${DEAD_LETTERS_DEFAULT})`,
      },
      ...JSON_OPTION,
      ...CONNECTION,
    },
    details: 'While this looks at them, redriving does not see them.',
    examples: [{ does: 'What is there', line: 'onefill dead-letters' }],
    async run({ values, session }) {
      const { limit = DEAD_LETTERS_DEFAULT } = values;
      const { items } = await connect(values, session).page('/monitoring/dead-letters', { limit });
      async function* letters() {
        yield* items;
      }
      const columns: readonly Column[] = [
        { title: 'SENT', value: 'sentAt' },
        { title: 'RECEIVED', value: 'receiveCount', alignment: 'right' },
        { title: 'STATUS', value: 'status' },
        { title: 'REASON', value: 'reason' },
        { title: 'EXECUTION', value: ({ executionId, messageId }) => executionId ?? messageId },
      ];
      await showItems(session, values.json === true, columns, letters());
      return EXIT.done;
    },
  }),
];
