import type * as z from 'zod/mini';
import { enlist } from '../ledger/catalog.ts';
import type { CatalogKind } from '../ledger/table.ts';
import type { ErrorDetail } from '../shared/http.ts';
import type { AdminContext } from './route.ts';

/** What storing came to: the configuration as it is now, or why it does not fit what is stored already. */
export type Saved<Stored> =
  | { readonly kind: 'saved'; readonly created: boolean; readonly stored: Stored }
  | { readonly kind: 'invalid'; readonly details: readonly ErrorDetail[] };

/** One kind of thing that operators configure: how it is read, stored, removed and shown. */
export interface ConfigurationKind<Id extends string, Input, Stored> {
  readonly catalog: CatalogKind;
  /** The path's part, for example `webhooks`. */
  readonly collection: string;
  /** The name of its id in answers, for example `webhookId`. */
  readonly idName: string;
  readonly schema: z.ZodMiniType<Input>;
  read(context: AdminContext, id: Id): Promise<Stored | undefined>;
  /** What is fine by itself and does not fit what is stored. */
  misfits?(input: Input, previous: Stored | undefined): ErrorDetail[];
  /** Whether storing it would change nothing. What cannot be compared is not the same. */
  isSame(stored: Stored, input: Input): boolean;
  /** What storing it would throw, if it would: for a rehearsal, which stores nothing. */
  rehearse?(context: AdminContext, id: Id, input: Input): Promise<unknown>;
  /** Replaces the configuration. Repeating it after it died half-way must end the same. */
  save(context: AdminContext, id: Id, input: Input): Promise<Saved<Stored>>;
  /** Returns false when there is none. */
  remove(context: AdminContext, id: Id): Promise<boolean>;
  show(stored: Stored): Readonly<Record<string, unknown>>;
}

/**
 * Lists the id before there is something to list, so that dying in between leaves an id too many, which reads as
 * absent, and never a configuration that nobody can see. And once more after, in case it was deleted meanwhile.
 */
export async function saveListed<Id extends string, Input, Stored>(
  kind: ConfigurationKind<Id, Input, Stored>,
  context: AdminContext,
  id: Id,
  input: Input,
): Promise<Saved<Stored>> {
  await enlist(context.ledger, kind.catalog, id);
  const saved = await kind.save(context, id, input);
  if (saved.kind === 'saved') {
    await enlist(context.ledger, kind.catalog, id);
  }
  return saved;
}

/** Takes the id out of what was sent, so that what GET answers can be sent back as it is. */
export function takeOut(idName: string, sent: unknown): { readonly given: unknown; readonly rest: unknown } {
  if (typeof sent !== 'object' || sent === null || !Object.hasOwn(sent, idName)) {
    return { given: undefined, rest: sent };
  }
  const { [idName]: given, ...rest } = sent as Record<string, unknown>;
  return { given, rest };
}
