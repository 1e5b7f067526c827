import type { Item, Query } from '../cli/admin-client.ts';
import { type Command, command, type Example, type Options, type Values } from '../cli/command.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT } from '../cli/errors.ts';
import { wholeNumber } from '../cli/numbers.ts';
import type { Session } from '../cli/session.ts';
import { type Column, table } from '../cli/text.ts';

const LIMIT_DEFAULT = '20';
const LIMIT_MAX = 1_000_000;

/** Options that narrow a list, each named as the API's parameter or with the name it has there. */
const FILTERS = {
  account: { parameter: 'accountId', value: '<account>', summary: 'of this account' },
  strategy: { parameter: 'strategyId', value: '<strategy>', summary: 'of this strategy' },
  webhook: { parameter: 'webhookId', value: '<webhook>', summary: 'of this webhook' },
  symbol: { parameter: 'symbol', value: '<symbol>', summary: 'of this symbol' },
  action: { parameter: 'action', value: '<action>', summary: 'with this action' },
  status: { parameter: 'status', value: '<status>', summary: 'in this status' },
  state: { parameter: 'state', value: '<state>', summary: 'in this state' },
  type: { parameter: 'type', value: '<type>', summary: 'of this type' },
  subject: { parameter: 'subject', value: '<subject>', summary: 'about this' },
  acknowledged: {
    parameter: 'acknowledged',
    value: '<true|false>',
    summary: 'that somebody has seen, or nobody',
  },
  severity: { parameter: 'severity', value: '<severity>', summary: 'of this severity' },
  from: { parameter: 'from', value: '<time>', summary: 'from this time on, such as 2026-09-15T14:35:00Z' },
  to: { parameter: 'to', value: '<time>', summary: 'up to this time' },
  sort: { parameter: 'sort', value: '<order>', summary: 'in this order, as docs/openapi.yaml lists them' },
} as const;

type FilterName = keyof typeof FILTERS;

/** A command that lists what the API has. */
interface ListDefinition {
  readonly name: string;
  readonly summary: string;
  readonly path: string;
  readonly filters: readonly FilterName[];
  readonly columns: readonly Column[];
  readonly examples: readonly Example[];
  readonly details?: string;
  /** Whether `onefill <name> <id>` shows one of them whole. */
  readonly one?: (session: Session, item: Item) => readonly string[];
}

/** Options of every list. */
export const LIST_OPTIONS = {
  limit: { type: 'string', short: 'n', value: '<n>', summary: `at most so many (${LIMIT_DEFAULT})` },
  ...JSON_OPTION,
  ...CONNECTION,
} as const satisfies Options;

/** Declares a command that lists. */
export function list(definition: ListDefinition): Command {
  const { name, summary, filters, examples, one, details } = definition;
  const options: Options = {
    ...Object.fromEntries(filters.map((filter) => [filter, filterOption(filter)])),
    ...LIST_OPTIONS,
  };
  return command<Options>({
    name,
    summary,
    ...(one ? { words: ['[id]'] } : {}),
    options,
    ...(details === undefined ? {} : { details }),
    examples,
    async run({ values, words: [id], session }) {
      const client = connect(values as Values<typeof LIST_OPTIONS>, session);
      if (one && id !== undefined) {
        const item = (await client.get(`${definition.path}/${encodeURIComponent(id)}`)) as Item;
        showOne(session, values.json === true, item, one);
        return EXIT.done;
      }
      const found = client.items(definition.path, queryOf(filters, values), limitOf(values));
      await showItems(session, values.json === true, definition.columns, found);
      return EXIT.done;
    },
  });
}

/** Prints items as they come, as JSON lines, or all of them as a table. */
export async function showItems(
  session: Session,
  isJson: boolean,
  columns: readonly Column[],
  items: AsyncIterable<Item>,
): Promise<void> {
  const all: Item[] = [];
  for await (const item of items) {
    if (isJson) {
      session.print(JSON.stringify(item));
    } else {
      all.push(item);
    }
  }
  if (isJson) {
    return;
  }
  if (all.length === 0) {
    session.note('There is none.');
    return;
  }
  for (const line of table(session, columns, all)) {
    session.print(line);
  }
}

/** How many items were asked for. */
export function limitOf({ limit = LIMIT_DEFAULT }: { readonly limit?: unknown }): number {
  return wholeNumber(String(limit), '--limit', 1, LIMIT_MAX);
}

function showOne(
  session: Session,
  isJson: boolean,
  item: Item,
  lines: (session: Session, item: Item) => readonly string[],
): void {
  for (const line of isJson ? [JSON.stringify(item)] : lines(session, item)) {
    session.print(line);
  }
}

function filterOption(filter: FilterName): Options[string] {
  const { value, summary } = FILTERS[filter];
  return { type: 'string', value, summary };
}

function queryOf(filters: readonly FilterName[], values: Readonly<Record<string, unknown>>): Query {
  return Object.fromEntries(
    filters.map((filter) => [FILTERS[filter].parameter, values[filter] as string | undefined]),
  );
}
