import type { Item } from '../cli/admin-client.ts';
import { type Command, command } from '../cli/command.ts';
import { connect } from '../cli/connection.ts';
import { EXIT } from '../cli/errors.ts';
import type { Session } from '../cli/session.ts';
import { type Column, paintOutcome, printable, table } from '../cli/text.ts';
import { LIST_OPTIONS, limitOf, list, showItems } from './lists.ts';

export const ORDER_COLUMNS: readonly Column[] = [
  { title: 'CREATED', value: 'createdAt' },
  { title: 'ACCOUNT', value: 'accountId' },
  { title: 'STRATEGY', value: 'strategyId' },
  { title: 'SYMBOL', value: 'symbol' },
  { title: 'SIDE', value: 'side' },
  { title: 'TYPE', value: 'type' },
  { title: 'QTY', value: 'quantity', alignment: 'right' },
  { title: 'FILLED', value: 'filledQuantity', alignment: 'right' },
  { title: 'PRICE', value: 'averageFillPrice', alignment: 'right' },
  { title: 'STATUS', value: 'status' },
  { title: 'EXECUTION', value: 'executionId' },
];

const EXECUTION_COLUMNS: readonly Column[] = [
  { title: 'ACCOUNT', value: 'accountId' },
  { title: 'STRATEGY', value: 'strategyId' },
  { title: 'STATUS', value: 'status' },
  { title: 'REASON', value: 'reason' },
  { title: 'EXECUTION', value: 'executionId' },
];

const STEP_COLUMNS: readonly Column[] = [
  { title: 'STEP', value: 'name' },
  { title: 'STATUS', value: 'status' },
  { title: 'STARTED', value: 'startedAt' },
  { title: 'ENDED', value: 'endedAt' },
  { title: 'DETAIL', value: 'detail' },
];

const POSITION_COLUMNS: readonly Column[] = [
  { title: 'ACCOUNT', value: 'accountId' },
  { title: 'SYMBOL', value: 'symbol' },
  { title: 'QTY', value: 'quantity', alignment: 'right' },
  { title: 'AVG PRICE', value: 'averagePrice', alignment: 'right' },
  { title: 'REALIZED', value: 'realizedPnl', alignment: 'right' },
  { title: 'OPEN', value: 'openPnl', alignment: 'right' },
];

/** Commands that list what happened and what is held. */
export const RECORD_COMMANDS: readonly Command[] = [
  list({
    name: 'signals',
    summary: 'list signals, or show what became of one',
    path: '/signals',
    filters: ['webhook', 'strategy', 'symbol', 'action', 'status', 'from', 'to', 'sort'],
    columns: [
      { title: 'RECEIVED', value: 'receivedAt' },
      { title: 'WEBHOOK', value: 'webhookId' },
      { title: 'STATUS', value: 'status' },
      { title: 'WHAT', value: whatIsAsked },
      { title: 'DUPLICATES', value: 'duplicates', alignment: 'right' },
      { title: 'REASON', value: 'reason' },
      { title: 'SIGNAL', value: 'signalId' },
    ],
    one: receiptLines,
    examples: [
      { does: 'The last signals of a webhook', line: 'onefill signals --webhook demo' },
      { does: 'Why signals were refused, as JSON lines', line: 'onefill signals --status refused --json' },
      { does: 'What one became', line: 'onefill signals sig_01k9zq3x5e7f8g9h0j1k2m3n4p' },
    ],
  }),
  list({
    name: 'executions',
    summary: 'list executions, or show one with its steps',
    path: '/executions',
    filters: ['account', 'strategy', 'symbol', 'status', 'from', 'to', 'sort'],
    columns: [{ title: 'RECEIVED', value: 'receivedAt' }, ...EXECUTION_COLUMNS],
    one: executionLines,
    examples: [
      { does: 'What was rolled back', line: 'onefill executions --status ROLLED_BACK' },
      { does: 'One, step by step', line: 'onefill executions sig_01k9zq3x5e7f8g9h0j1k2m3n4p~demo~paper-1' },
    ],
  }),
  list({
    name: 'orders',
    summary: 'list orders',
    path: '/orders',
    filters: ['account', 'strategy', 'symbol', 'status', 'from', 'to', 'sort'],
    columns: ORDER_COLUMNS,
    examples: [
      { does: 'The last orders', line: 'onefill orders' },
      { does: 'What was rejected in an account', line: 'onefill orders --account paper-1 --status REJECTED' },
      { does: 'Thousand orders for a spreadsheet', line: 'onefill orders --limit 1000 --json' },
    ],
  }),
  list({
    name: 'trades',
    summary: 'list trades, or show one with its protection',
    path: '/trades',
    filters: ['account', 'strategy', 'symbol', 'state', 'from', 'to', 'sort'],
    columns: [
      { title: 'OPENED', value: 'openedAt' },
      { title: 'ACCOUNT', value: 'accountId' },
      { title: 'STRATEGY', value: 'strategyId' },
      { title: 'SYMBOL', value: 'symbol' },
      { title: 'SIDE', value: 'side' },
      { title: 'OPEN QTY', value: 'openQuantity', alignment: 'right' },
      { title: 'ENTRY', value: 'entryPrice', alignment: 'right' },
      { title: 'REALIZED', value: 'realizedPnl', alignment: 'right' },
      { title: 'OPEN', value: 'openPnl', alignment: 'right' },
      { title: 'STATE', value: 'state' },
      { title: 'TRADE', value: 'tradeId' },
    ],
    one: factLines,
    examples: [
      { does: 'What is open', line: 'onefill trades --state OPENED' },
      { does: 'Everything a strategy did', line: 'onefill trades --strategy demo --limit 100' },
    ],
  }),
  command({
    name: 'positions',
    summary: 'list the positions of all accounts, or of one',
    options: { account: { type: 'string', value: '<account>', summary: 'of this account' }, ...LIST_OPTIONS },
    examples: [
      { does: 'Every position', line: 'onefill positions' },
      { does: 'Those of one account', line: 'onefill positions --account paper-1' },
    ],
    async run({ values, session }) {
      const client = connect(values, session);
      const accounts =
        values.account === undefined ? client.items('/accounts') : [{ accountId: values.account }];
      async function* positions(): AsyncGenerator<Item> {
        let left = limitOf(values);
        for await (const { accountId } of accounts) {
          const path = `/accounts/${encodeURIComponent(String(accountId))}/positions`;
          const { items } = await client.page(path);
          const page = items.slice(0, left);
          left -= page.length;
          yield* page.map((position) => ({ accountId, ...position }));
        }
      }
      await showItems(session, values.json === true, POSITION_COLUMNS, positions());
      return EXIT.done;
    },
  }),
];

/** What became of a signal, for a person: itself, then its executions. */
export function receiptLines(session: Session, receipt: Item): readonly string[] {
  const executions = (receipt.executions ?? []) as readonly Item[];
  const orders = executions.flatMap(({ accountId, strategyId, orders }) =>
    ((orders ?? []) as readonly Item[]).map((order) => ({ accountId, strategyId, ...order })),
  );
  const { executions: _, signal: __, ...facts } = receipt;
  return [
    ...factLines(session, { ...facts, ...(receipt.signal ? { what: whatIsAsked(receipt) } : {}) }),
    ...section(session, 'Executions', table(session, [...EXECUTION_COLUMNS, MESSAGE_COLUMN], executions)),
    ...(orders.length > 0 ? section(session, 'Orders', table(session, ORDER_COLUMNS, orders)) : []),
  ];
}

const MESSAGE_COLUMN: Column = { title: 'MESSAGE', value: 'reasonMessage' };

function executionLines(session: Session, execution: Item): readonly string[] {
  const { steps, orders, ...facts } = execution;
  return [
    ...factLines(session, facts),
    ...section(session, 'Steps', table(session, STEP_COLUMNS, (steps ?? []) as readonly Item[])),
    ...section(session, 'Orders', table(session, ORDER_COLUMNS, (orders ?? []) as readonly Item[])),
  ];
}

/** The fields of an item, each on its line. */
export function factLines(session: Session, item: Item): string[] {
  const facts = Object.entries(item).flatMap(([name, value]) => factsIn(name, value));
  const width = Math.max(...facts.map(([name]) => name.length));
  return facts.map(
    ([name, value]) =>
      `${session.paint('dim', name.padEnd(width))}  ${paintOutcome(session, printable(value))}`,
  );
}

/** An object's fields each by itself, `halt.scope`; what is deeper stays JSON. */
function factsIn(name: string, value: unknown): (readonly [name: string, value: unknown])[] {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? Object.entries(value).map(([field, inner]) => [`${name}.${field}`, inner] as const)
    : [[name, value]];
}

function section(session: Session, title: string, lines: readonly string[]): readonly string[] {
  return ['', session.paint('bold', title), ...lines];
}

/** For example `buy 2 MNQ1!`. */
function whatIsAsked({ signal }: Item): string {
  const { action, quantity, targetQuantity, symbol } = (signal ?? {}) as Item;
  return [action, quantity ?? targetQuantity, symbol].filter((part) => part !== undefined).join(' ');
}
