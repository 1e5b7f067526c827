import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';

type Item = Readonly<Record<string, unknown>>;

/** How often each thing happened, by what it is called. */
export type Counts = Readonly<Record<string, number>>;

/** Every item of a table: only a test may ask for that. */
export async function itemsOf(client: DynamoDBDocumentClient, tableName: string): Promise<Item[]> {
  const items: Item[] = [];
  let from: Record<string, unknown> | undefined;
  do {
    const page = await client.send(new ScanCommand({ TableName: tableName, ExclusiveStartKey: from }));
    items.push(...(page.Items ?? []));
    from = page.LastEvaluatedKey;
  } while (from !== undefined);
  return items;
}

/** What the ledger says happened, in the words of the activity log: one name for each thing, so that none can hide another. */
export function ledgerFacts(items: readonly Item[]): string[] {
  return items.flatMap((item) => {
    const { pk, sk } = item as { pk: string; sk: string };
    if (pk.startsWith('SIGNAL#')) {
      const isAccepted = item.status === 'accepted';
      return [
        `${isAccepted ? 'SIGNAL_ACCEPTED' : 'SIGNAL_REFUSED'} ${sk}`,
        ...Array.from(
          { length: Number(item.duplicates) },
          (_, index) => `SIGNAL_DUPLICATED ${sk} ${index + 1}`,
        ),
      ];
    }
    if (pk.startsWith('ACCOUNT#') && sk.startsWith('EXECUTION#')) {
      const orders = item.orders as readonly { clientOrderId: string; status: string }[];
      return [
        `EXECUTION_RECORDED ${item.executionId} ${item.status}`,
        ...orders.map(({ clientOrderId, status }) => `ORDER_CHANGED ${clientOrderId} ${status}`),
      ];
    }
    return [];
  });
}

/** The same of the activity log, in the same words. */
export function activityFacts(items: readonly Item[]): string[] {
  return items.flatMap((item) => {
    const entries = item.entries as readonly Readonly<Record<string, unknown>>[] | undefined;
    return (entries ?? []).flatMap((entry) => factOf(entry) ?? []);
  });
}

function factOf(entry: Readonly<Record<string, unknown>>): string | undefined {
  switch (entry.type) {
    case 'SIGNAL_ACCEPTED':
    case 'SIGNAL_REFUSED':
      return `${entry.type} ${entry.signalId}`;
    case 'SIGNAL_DUPLICATED':
      return `${entry.type} ${entry.signalId} ${entry.duplicates}`;
    case 'EXECUTION_RECORDED':
      return `${entry.type} ${entry.executionId} ${entry.status}`;
    case 'ORDER_CHANGED':
      return `${entry.type} ${entry.clientOrderId} ${entry.status}`;
    default:
      return undefined;
  }
}

/** How many facts there are of each kind, and of each kind with each end: `EXECUTION_RECORDED`, `EXECUTION_RECORDED SKIPPED`. */
export function countsOf(facts: Iterable<string>): Counts {
  const counts: Record<string, number> = {};
  for (const fact of facts) {
    const [kind = '', , end] = fact.split(' ');
    for (const name of end === undefined ? [kind] : [kind, `${kind} ${end}`]) {
      counts[name] = (counts[name] ?? 0) + 1;
    }
  }
  return counts;
}
