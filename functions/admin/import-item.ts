import * as z from 'zod/mini';
import { OnefillError } from '../core/errors.ts';
import type { ErrorDetail } from '../shared/http.ts';
import { type ConfigurationKind, saveListed, takeOut } from './configuration-kind.ts';
import { configuredId, detailsOf } from './fields.ts';
import type { AdminContext } from './route.ts';

/** What to do with an item that is configured already, and otherwise. */
export const ON_CONFLICT = ['fail', 'skip', 'replace'] as const;

/** How items are imported. */
export interface ImportPolicy {
  readonly onConflict: (typeof ON_CONFLICT)[number];
  /** Whether only to say what would happen. */
  readonly dryRun: boolean;
}

/** What became of one item. */
export type ImportResult =
  | { readonly result: 'created' | 'replaced' | 'unchanged' | 'skipped' }
  | { readonly result: 'failed'; readonly error: ImportError };

/** Why an item was not imported. */
interface ImportError {
  readonly code: 'INVALID' | 'CONFLICT' | 'UNAVAILABLE';
  readonly message: string;
  readonly details?: readonly ErrorDetail[];
}

/** Imports items of one kind, each as a PUT of it would. */
export interface Importer {
  readonly collection: string;
  /** The id that an item has; `undefined` when it has none that is allowed. */
  idOf(sent: unknown): string | undefined;
  importItem(context: AdminContext, sent: unknown, policy: ImportPolicy): Promise<ImportResult>;
}

/** A strategy may be changed by somebody else between two tries; more often than that is more than bad luck. */
const TRIES_MAX = 3;

export function importerOf<Id extends string, Input, Stored>(
  kind: ConfigurationKind<Id, Input, Stored>,
): Importer {
  return {
    collection: kind.collection,
    idOf: (sent) => {
      const id = z.safeParse(configuredId, takeOut(kind.idName, sent).given);
      return id.success ? id.data : undefined;
    },
    async importItem(context, sent, policy) {
      const { given, rest } = takeOut(kind.idName, sent);
      const id = z.safeParse(configuredId, given);
      const input = z.safeParse(kind.schema, rest);
      if (!id.success || !input.success) {
        const message = id.success ? undefined : id.error.issues[0]?.message;
        const wrongId = message === undefined ? [] : [{ field: kind.idName, message }];
        return invalidItem([...wrongId, ...(input.success ? [] : detailsOf(input.error))]);
      }
      const item = { id: id.data as Id, input: input.data };
      return withRetries(() => store(kind, context, item, policy));
    },
  };
}

/** A conflict with another writer is tried again; one that stays is the item's result. */
async function withRetries(attempt: () => Promise<ImportResult>, tries = 1): Promise<ImportResult> {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof OnefillError && error.code === 'CONFLICT')) {
      throw error;
    }
    return tries === TRIES_MAX
      ? failed({ code: 'CONFLICT', message: error.message })
      : withRetries(attempt, tries + 1);
  }
}

/** An item that is not allowed. */
export function invalidItem(details: readonly ErrorDetail[]): ImportResult {
  const [first] = details;
  return failed({ code: 'INVALID', message: `${first?.field} ${first?.message}.`, details });
}

/** An item that was not imported. */
export function failed(error: ImportError): ImportResult {
  return { result: 'failed', error };
}

async function store<Id extends string, Input, Stored>(
  kind: ConfigurationKind<Id, Input, Stored>,
  context: AdminContext,
  { id, input }: { readonly id: Id; readonly input: Input },
  { onConflict, dryRun }: ImportPolicy,
): Promise<ImportResult> {
  const previous = await kind.read(context, id);
  if (previous !== undefined && kind.isSame(previous, input)) {
    return { result: 'unchanged' };
  }
  if (previous !== undefined && onConflict === 'skip') {
    return { result: 'skipped' };
  }
  if (previous !== undefined && onConflict === 'fail') {
    const message = `There is another ${id} among the ${kind.collection}; onConflict says to leave it.`;
    return failed({ code: 'CONFLICT', message });
  }
  const misfits = kind.misfits?.(input, previous) ?? [];
  if (misfits.length > 0) {
    return invalidItem(misfits);
  }
  if (dryRun) {
    await kind.rehearse?.(context, id, input);
  } else {
    const saved = await saveListed(kind, context, id, input);
    if (saved.kind === 'invalid') {
      return invalidItem(saved.details);
    }
  }
  return { result: previous === undefined ? 'created' : 'replaced' };
}
