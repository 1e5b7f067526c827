import * as z from 'zod/mini';
import { type Item, parseOrNothing, readAs } from '../cli/admin-client.ts';
import { type Command, command } from '../cli/command.ts';
import { confirm, YES_OPTION } from '../cli/confirm.ts';
import { CONNECTION, connect, JSON_OPTION } from '../cli/connection.ts';
import { EXIT, FailedError, UsageError } from '../cli/errors.ts';
import { startProgress } from '../cli/progress.ts';
import type { Session } from '../cli/session.ts';
import { type Column, printable, table } from '../cli/text.ts';
import { readFileOrInput } from './payload.ts';

/** In the order in which they are stored: by the time a strategy listens, its webhook and accounts are there. */
const COLLECTIONS = ['accounts', 'webhooks', 'strategies'] as const;
const ON_CONFLICT = ['replace', 'skip', 'fail'];
/** A request to import may have 200 items and 256 KB. */
const BATCH_ITEMS_MAX = 100;
const BATCH_BYTES_MAX = 200_000;

const items = z._default(z.array(z.record(z.string(), z.unknown())), []);
const configurationShape = z.strictObject({ accounts: items, webhooks: items, strategies: items });
const exportShape = z.object({ ...configurationShape.shape, nextCursor: z.optional(z.string()) });
const importedShape = z.object({
  results: z.array(
    z.object({
      collection: z.string(),
      index: z.number(),
      id: z.optional(z.string()),
      result: z.string(),
      error: z.optional(z.object({ code: z.string(), message: z.string() })),
    }),
  ),
});

type Configuration = z.output<typeof configurationShape>;
type Collection = (typeof COLLECTIONS)[number];
interface Entry {
  readonly collection: Collection;
  readonly item: Item;
}

const RESULT_COLUMNS: readonly Column[] = [
  { title: 'WHAT', value: 'collection' },
  { title: 'ID', value: 'id' },
  { title: 'RESULT', value: 'result' },
  { title: 'WHY', value: ({ error }) => (error as { readonly message?: string } | undefined)?.message },
];

/** Commands that carry a configuration from one place to another. */
export const CONFIG_COMMANDS: readonly Command[] = [
  command({
    name: 'config export',
    summary: 'print all accounts, webhooks and strategies as one JSON document',
    options: CONNECTION,
    details: 'Secrets are not in it: "***" stands for one that there is.',
    examples: [{ does: 'Keep it', line: 'onefill config export > onefill.json' }],
    async run({ values, session }) {
      const client = connect(values, session);
      const all: Configuration = { accounts: [], webhooks: [], strategies: [] };
      let cursor: string | undefined;
      do {
        const page = readAs(
          exportShape,
          await client.get('/configuration/export', { cursor }),
          'GET /configuration/export',
        );
        for (const collection of COLLECTIONS) {
          all[collection].push(...page[collection]);
        }
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      session.print(JSON.stringify(all, undefined, 2));
      return EXIT.done;
    },
  }),
  command({
    name: 'config import',
    summary: 'store accounts, webhooks and strategies from a file',
    words: ['<file>'],
    options: {
      'dry-run': { type: 'boolean', summary: 'only say what would happen' },
      'on-conflict': {
        type: 'string',
        value: '<policy>',
        summary: 'what to do with those that are there and differ: replace, skip or fail (replace)',
      },
      ...YES_OPTION,
      ...JSON_OPTION,
      ...CONNECTION,
    },
    details: `The file is what onefill config export prints, - for standard input. "***" keeps the secret that is stored; where none is
stored, write the secret in its place. One that fails keeps none of the others from being stored; then the exit code is 1,
and importing again ends the same.`,
    examples: [
      { does: 'What would change', line: 'onefill config import onefill.json --dry-run' },
      {
        does: 'Add what is missing, change nothing',
        line: 'onefill config import onefill.json --on-conflict skip --yes',
      },
    ],
    async run({ values, words: [file = ''], session }) {
      const { 'on-conflict': onConflict = 'replace', 'dry-run': dryRun = false } = values;
      if (!ON_CONFLICT.includes(onConflict)) {
        throw new UsageError(`--on-conflict must be one of ${ON_CONFLICT.join(', ')}.`);
      }
      const entries = entriesIn(await readFileOrInput(file, session), file);
      const client = connect(values, session);
      if (!dryRun) {
        await confirm(
          session,
          `${entries.length} items are stored at ${client.url}; conflicts: ${onConflict}.`,
          values,
        );
      }
      const progress = startProgress(session, 'Importing', entries.length);
      const results: Item[] = [];
      try {
        for (const batch of batchesOf(entries)) {
          const body = { ...grouped(batch), onConflict, dryRun };
          const path = '/configuration/import';
          const imported = readAs(importedShape, await client.post(path, body), `POST ${path}`);
          results.push(...imported.results);
          progress.step(results.length, '');
        }
      } finally {
        progress.end();
        // Also when a later part got no answer: these are stored.
        if (results.length > 0) {
          showResults(session, values.json === true, results, dryRun);
        }
      }
      return results.some(({ result }) => result === 'failed') ? EXIT.failed : EXIT.done;
    },
  }),
];

function showResults(session: Session, isJson: boolean, results: readonly Item[], isDryRun: boolean): void {
  for (const line of isJson
    ? results.map((one) => JSON.stringify(one))
    : table(session, RESULT_COLUMNS, results)) {
    session.print(line);
  }
  const counts = Object.entries(Object.groupBy(results, ({ result }) => String(result)));
  const told = counts.map(([result, of]) => `${of?.length} ${result}`).join(', ');
  session.note(`${isDryRun ? 'Would be: ' : ''}${told}`);
}

function entriesIn(text: string, file: string): Entry[] {
  const read = z.safeParse(configurationShape, parseOrNothing(text));
  if (!read.success) {
    // Not what is in it: that may be a secret.
    const where = read.error.issues[0]?.path.join('.');
    throw new FailedError(
      `${printable(file)} is not what onefill config export prints${where ? `: ${where} is not` : ''}. Nothing was sent.`,
    );
  }
  return COLLECTIONS.flatMap((collection) => read.data[collection].map((item) => ({ collection, item })));
}

function batchesOf(entries: readonly Entry[]): Entry[][] {
  const batches: Entry[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const entry of entries) {
    const size = Buffer.byteLength(JSON.stringify(entry.item));
    const last = batches.at(-1);
    if (last === undefined || last.length === BATCH_ITEMS_MAX || bytes + size > BATCH_BYTES_MAX) {
      batches.push([entry]);
      bytes = size;
    } else {
      last.push(entry);
      bytes += size;
    }
  }
  return batches;
}

function grouped(batch: readonly Entry[]): Record<string, Item[]> {
  return Object.fromEntries(
    COLLECTIONS.map((name) => [
      name,
      batch.filter(({ collection }) => collection === name).map(({ item }) => item),
    ]),
  );
}
