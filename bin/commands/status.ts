import { mapInParallel } from '../../functions/shared/parallel.ts';
import { type AdminClient, exchange, type Item } from '../cli/admin-client.ts';
import { command } from '../cli/command.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { CommandError, EXIT, RefusedError, UnreachableError } from '../cli/errors.ts';
import type { Session } from '../cli/session.ts';
import { table } from '../cli/text.ts';
import { ALERT_COLUMNS, CIRCUIT_COLUMNS, LOCK_COLUMNS } from './monitoring.ts';
import { ORDER_COLUMNS } from './records.ts';

/** As many environments of the admin function as this may take from others. */
const WIDTH = 3;
const ROWS_MAX = 10;
const RECENT_ORDERS = 5;

/** One part of the screen. */
interface Section {
  readonly name: string;
  read(client: AdminClient): Promise<unknown>;
  /** Lines for a person; none when there is nothing to tell. */
  lines(session: Session, value: unknown): readonly string[];
}

/** What could be read of a section. */
type Reading = { readonly value: unknown } | { readonly unavailable: string };

export const STATUS = command({
  name: 'status',
  summary: 'show on one screen what is under way and what needs somebody',
  options: { ...JSON_OPTION, ...CONNECTION },
  details: 'What this Onefill does not tell is shown as unavailable, and is no failure.',
  examples: [
    { does: 'Now', line: 'onefill status' },
    { does: 'For another program', line: 'onefill status --json | jq .halts' },
  ],
  async run({ values, session }) {
    const client = connect(values, session);
    const { status } = await exchange(`${client.url}/health`, {});
    if (status !== 200) {
      throw new UnreachableError(`${client.url}/health answered ${status}.`);
    }
    const readings = await mapInParallel(SECTIONS, WIDTH, (section) => readSection(client, section));
    if (values.json) {
      const named = SECTIONS.map(({ name }, index) => [name, shown(readings[index])]);
      session.print(JSON.stringify({ url: client.url, ...Object.fromEntries(named) }));
      return EXIT.done;
    }
    session.print(`${session.paint('bold', 'Onefill')} at ${client.url} answers.`);
    for (const [index, section] of SECTIONS.entries()) {
      printSection(session, section, readings[index]);
    }
    return EXIT.done;
  },
});

const SECTIONS: readonly Section[] = [
  {
    name: 'health',
    // When it is down the answer is 503, and says what is down.
    async read(client) {
      const { body } = await client.read('/monitoring/health');
      const isTold = Array.isArray((body as Item | undefined)?.dependencies);
      return isTold ? body : client.get('/monitoring/health');
    },
    lines: (session, value) => {
      const { dependencies } = value as { readonly dependencies: readonly Item[] };
      const columns = [
        { title: 'DEPENDENCY', value: 'name' },
        { title: 'STATUS', value: 'status' },
        { title: 'MS', value: 'responseTimeMs', alignment: 'right' as const },
        { title: 'ERROR', value: 'error' },
      ];
      return table(session, columns, dependencies);
    },
  },
  {
    name: 'halts',
    async read(client) {
      const halts = (await client.get('/halt')) as {
        readonly everything: Item | null;
        readonly strategies: readonly Item[];
        readonly accounts: readonly Item[];
      };
      const everything = halts.everything === null ? [] : [{ what: 'everything', ...halts.everything }];
      const others = [...halts.strategies, ...halts.accounts].map(({ strategyId, accountId, halt }) => ({
        what: strategyId === undefined ? `account ${accountId}` : `strategy ${strategyId}`,
        ...(halt as Item),
      }));
      return [...everything, ...others];
    },
    lines: rows([
      { title: 'HALTED', value: 'what' },
      { title: 'SCOPE', value: 'scope' },
      { title: 'SINCE', value: 'haltedAt' },
      { title: 'BY', value: 'haltedBy' },
      { title: 'REASON', value: 'reason' },
    ]),
  },
  {
    name: 'circuitsNotClosed',
    read: async (client) =>
      (await client.list('/monitoring/circuit-breakers')).filter(({ state }) => state !== 'closed'),
    lines: rows(CIRCUIT_COLUMNS),
  },
  {
    name: 'locksHeld',
    read: async (client) =>
      (await client.list('/monitoring/locks/status')).filter(({ leased }) => leased === true),
    lines: rows(LOCK_COLUMNS),
  },
  {
    name: 'transactions',
    read: (client) => client.list('/monitoring/transactions'),
    lines: rows([
      { title: 'ACCOUNT', value: 'accountId' },
      { title: 'STRATEGY', value: 'strategyId' },
      { title: 'AGE MS', value: 'ageMs', alignment: 'right' },
      { title: 'DIRECTION', value: 'direction' },
      { title: 'HOLDER', value: 'holder' },
      { title: 'EXECUTION', value: 'executionId' },
    ]),
  },
  {
    name: 'queues',
    read: async (client) => (await client.page('/monitoring/queues')).items,
    lines: (session, value) => {
      const items = value as readonly Item[];
      const fields = Object.keys(items[0] ?? {});
      return table(
        session,
        fields.map((field) => ({ title: field.toUpperCase(), value: field })),
        items,
      );
    },
  },
  {
    name: 'unacknowledgedAlerts',
    read: (client) => client.list('/monitoring/alerts', { acknowledged: 'false' }, ROWS_MAX * 2),
    lines: rows(ALERT_COLUMNS),
  },
  {
    name: 'recentOrders',
    read: (client) => client.list('/orders', {}, RECENT_ORDERS),
    lines: rows(ORDER_COLUMNS),
  },
  {
    name: 'profitAndLoss',
    async read(client) {
      const accounts = await client.list('/accounts', {}, ROWS_MAX);
      return mapInParallel(accounts, WIDTH, ({ accountId }) =>
        client.get(`/accounts/${encodeURIComponent(String(accountId))}/pnl`),
      );
    },
    lines: rows([
      { title: 'ACCOUNT', value: 'accountId' },
      { title: 'REALIZED', value: 'realizedPnl', alignment: 'right' },
      { title: 'TODAY', value: 'realizedPnlToday', alignment: 'right' },
      { title: 'OPEN', value: 'openPnl', alignment: 'right' },
    ]),
  },
];

const TITLES: Readonly<Record<string, string>> = {
  health: 'Health',
  halts: 'Halts',
  circuitsNotClosed: 'Circuits not closed',
  locksHeld: 'Locks held',
  transactions: 'Under way',
  queues: 'Queues',
  unacknowledgedAlerts: 'Alerts that nobody has seen',
  recentOrders: 'Last orders',
  profitAndLoss: `Profit and loss (the first ${ROWS_MAX} accounts)`,
};

/** Wrong credentials end the command: every section would say so. */
async function readSection(client: AdminClient, section: Section): Promise<Reading> {
  try {
    return { value: await section.read(client) };
  } catch (error) {
    const isAboutCaller = error instanceof RefusedError && [401, 403].includes(error.status);
    if (!(error instanceof CommandError) || isAboutCaller) {
      throw error;
    }
    return { unavailable: error.message };
  }
}

function shown(reading: Reading | undefined): unknown {
  return reading && 'value' in reading ? reading.value : reading;
}

function printSection(session: Session, { name, lines }: Section, reading: Reading | undefined): void {
  const title = session.paint('bold', TITLES[name] ?? name);
  if (reading === undefined || 'unavailable' in reading) {
    session.print(`\n${title}: ${session.paint('dim', 'unavailable')}`);
    return;
  }
  const told = lines(session, reading.value);
  if (told.length === 0) {
    session.print(`\n${title}: none`);
    return;
  }
  session.print(`\n${title}`);
  for (const line of told) {
    session.print(line);
  }
}

function rows(columns: Parameters<typeof table>[1]): Section['lines'] {
  return (session, value) => {
    const items = value as readonly Item[];
    const more = items.length > ROWS_MAX ? [`… and ${items.length - ROWS_MAX} more`] : [];
    return items.length === 0 ? [] : [...table(session, columns, items.slice(0, ROWS_MAX)), ...more];
  };
}
