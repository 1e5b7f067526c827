import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type {
  AccountId,
  BrokerOrderId,
  ClientOrderId,
  ExecutionId,
  SignalId,
  StrategyId,
  WebhookId,
} from '../../functions/core/ids.ts';
import { TIMING } from '../../functions/core/lease.ts';
import { applyOrderEvent, type Order, type OrderEvent } from '../../functions/core/order.ts';
import { type CatalogKind, type Key, keys, RECEIPT_PARTITIONS } from '../../functions/ledger/table.ts';
import { ENVIRONMENT_CONTRACT } from '../../functions/shared/environment.ts';
import { codeSpans, readDocument, tableRows } from './documents.ts';

const { text } = readDocument('docs/architecture.md');

/** The first row of a section whose first cell is this, as code. */
function rowOf(heading: string, name: string): readonly string[] {
  const section = text.split(/^##+ /m).find((candidate) => candidate.startsWith(`${heading}\n`)) ?? '';
  return tableRows(section).find(([first]) => first === `\`${name}\``) ?? [];
}

const webhookId = '<webhookId>' as WebhookId;
const strategyId = '<strategyId>' as StrategyId;
const accountId = '<accountId>' as AccountId;
const signalId = '<signalId>' as SignalId;

/** The key of each kind of item, with placeholders for ids. */
const KEYS: { readonly [Name in keyof typeof keys]: Key } = {
  webhook: keys.webhook(webhookId),
  subscriber: keys.subscriber(webhookId, strategyId),
  strategy: keys.strategy(strategyId),
  circuit: keys.circuit(strategyId),
  strategyHalt: keys.strategyHalt(strategyId),
  globalHalt: keys.globalHalt(),
  settings: keys.settings(),
  account: keys.account(accountId),
  execution: keys.execution(accountId, '<executionId>' as ExecutionId),
  trade: keys.trade(accountId, '<executionId>' as ExecutionId),
  receipt: { ...keys.receipt(signalId), pk: keys.receipt(signalId).pk.replace(/\d$/, '<partition>') },
  catalog: keys.catalog('<kind>' as CatalogKind, '<id>'),
  token: keys.token('<tokenHash>'),
  rateWindow: keys.rateWindow(webhookId, '<sourceIp>'),
};

describe('docs/architecture.md', () => {
  it.each(Object.entries(KEYS))('has the item %s with its key', (name, { pk, sk }) => {
    expect(rowOf('Ledger table', name)[1]).toBe(`\`${pk}\` / \`${sk}\``);
  });

  it('knows how many partitions receipts have', () => {
    expect(text).toContain(`\`<partition>\` is 0 to ${RECEIPT_PARTITIONS - 1},`);
  });

  it.each(Object.entries(TIMING))('has %s with its value', (name, value) => {
    const shown = [value].flat().map((number) => number.toLocaleString('en-US'));
    expect(rowOf('Timing', name)[1]).toBe(shown.join(', '));
  });

  it.each(Object.keys(ENVIRONMENT_CONTRACT))('has the function %s', (name) => {
    expect(rowOf('What is deployed', name)).toHaveLength(4);
  });

  it('has every import rule', () => {
    const { forbidden } = createRequire(import.meta.url)('../../.dependency-cruiser.cjs') as {
      forbidden: readonly { name: string }[];
    };
    const named = forbidden.map(({ name }) =>
      name.replace(/^\w+(?=-imports-no-other-handler$)/, '<handler>'),
    );
    expect(named.filter((name) => !codeSpans(text).includes(name))).toEqual([]);
  });
});

const STATUSES = [
  'INTENT',
  'SENDING',
  'UNKNOWN',
  'DENIED',
  'NEW',
  'PARTIALLY_FILLED',
  'PENDING_CANCEL',
  'FILLED',
  'CANCELED',
  'REJECTED',
  'EXPIRED',
] as const satisfies readonly Order['status'][];

const price = decimal(1);

/** Every event; of fills one that fills the half of the order below and one that fills the rest. */
const EVENTS: readonly OrderEvent[] = [
  { kind: 'sent' },
  { kind: 'accepted', brokerOrderId: 'b' as BrokerOrderId },
  { kind: 'filled', quantity: decimal(1), price },
  { kind: 'filled', quantity: decimal(2), price },
  { kind: 'rejected', reason: '' },
  { kind: 'denied', reason: '' },
  { kind: 'lost', reason: '' },
  { kind: 'cancel-sent' },
  { kind: 'cancel-refused' },
  { kind: 'canceled' },
  { kind: 'expired' },
];

const orderThatIs = (status: Order['status'], filled: number): Order => ({
  clientOrderId: 'c' as ClientOrderId,
  leg: 'entry',
  symbol: 'MNQM5',
  side: 'buy',
  type: 'market',
  quantity: decimal(3),
  timeInForce: 'day',
  reduceOnly: false,
  status,
  filledQuantity: decimal(filled),
});

/** How much may be filled of an order in a state, of those in which something can happen to it. */
const FILLED: Readonly<Partial<Record<Order['status'], readonly number[]>>> = {
  PARTIALLY_FILLED: [1],
  PENDING_CANCEL: [0, 1],
};

/** What the transition function admits, as the diagram writes it. */
function transitionsFrom(status: Order['status']): readonly string[] {
  const drawn = (FILLED[status] ?? [0]).flatMap((filled) =>
    EVENTS.flatMap((event) => {
      const isRest = event.kind === 'filled' && event.quantity === '2';
      const applied = isRest ? { ...event, quantity: decimal(3 - filled) } : event;
      try {
        return [
          `${status} --> ${applyOrderEvent(orderThatIs(status, filled), applied).status}: ${event.kind}`,
        ];
      } catch {
        return [];
      }
    }),
  );
  return [...new Set(drawn)];
}

it('the diagram of orders is the transition function', () => {
  const [, diagram = ''] = /### Orders[\s\S]*?```mermaid\n([\s\S]*?)```/.exec(text) ?? [];
  const drawn = [...diagram.matchAll(/(\w+) --> (\w+): ([\w-]+)/g)].flatMap(([, from = '', to, event]) =>
    (from === 'OUTCOME_MISSING' ? ['SENDING', 'UNKNOWN'] : [from]).map(
      (status) => `${status} --> ${to}: ${event}`,
    ),
  );
  expect(drawn.toSorted()).toEqual(STATUSES.flatMap(transitionsFrom).toSorted());
});
