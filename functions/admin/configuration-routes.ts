import { CONFIGURED_ID } from '../core/ids.ts';
import { delist, enlist } from '../ledger/catalog.ts';
import { answer, emptyAnswer, type HttpAnswer } from '../shared/http.ts';
import { catalogPages } from './catalog-pages.ts';
import { type ConfigurationKind, saveListed, takeOut } from './configuration-kind.ts';
import { configuredId } from './fields.ts';
import { check, readJson } from './read-request.ts';
import { invalid, notFound } from './refusals.ts';
import type { AdminContext, AdminHandle, AdminRequest, Route } from './route.ts';

/** The routes of a kind: list, and GET, PUT and DELETE by id. */
export function configurationRoutes<Id extends string, Input, Stored>(
  kind: ConfigurationKind<Id, Input, Stored>,
): Route[] {
  const list = `/${kind.collection}`;
  const one = `${list}/{id}`;
  return [
    { method: 'GET', path: list, access: 'viewer', handle: listOf(kind) },
    { method: 'GET', path: one, access: 'viewer', handle: getOf(kind) },
    { method: 'PUT', path: one, access: 'operator', scope: 'configure', handle: putOf(kind) },
    { method: 'DELETE', path: one, access: 'operator', scope: 'configure', handle: deleteOf(kind) },
  ];
}

function listOf<Id extends string, Input, Stored>(kind: ConfigurationKind<Id, Input, Stored>): AdminHandle {
  return catalogPages(kind.catalog, async (context, id: Id) => {
    const stored = await kind.read(context, id);
    return stored === undefined ? undefined : kind.show(stored);
  });
}

function getOf<Id extends string, Input, Stored>(kind: ConfigurationKind<Id, Input, Stored>): AdminHandle {
  return async (context, request) => {
    const id = idIn<Id>(request);
    const stored = id === undefined ? undefined : await kind.read(context, id);
    return stored === undefined ? absent(kind, request) : answer(200, kind.show(stored));
  };
}

function putOf<Id extends string, Input, Stored>(kind: ConfigurationKind<Id, Input, Stored>): AdminHandle {
  return async (context, request) => {
    const id = check(request, configuredId, request.parameters.id);
    if (!id.ok) {
      return invalid(request, [{ field: kind.idName, message: 'in the path must be an id' }]);
    }
    const sent = readJson(request);
    if (!sent.ok) {
      return sent.answer;
    }
    const { given, rest } = takeOut(kind.idName, sent.value);
    if (given !== undefined && given !== id.value) {
      return invalid(request, [
        { field: kind.idName, message: 'must be left out, or be the id in the path' },
      ]);
    }
    const input = check(request, kind.schema, rest);
    if (!input.ok) {
      return input.answer;
    }
    const saved = await saveListed(kind, context, id.value as Id, input.value);
    return saved.kind === 'invalid'
      ? invalid(request, saved.details)
      : answer(saved.created ? 201 : 200, kind.show(saved.stored));
  };
}

function deleteOf<Id extends string, Input, Stored>(kind: ConfigurationKind<Id, Input, Stored>): AdminHandle {
  return async (context, request) => {
    const id = idIn<Id>(request);
    const removed = id !== undefined && (await removeListed(kind, context, id));
    return removed ? emptyAnswer(204) : absent(kind, request);
  };
}

async function removeListed<Id extends string, Input, Stored>(
  kind: ConfigurationKind<Id, Input, Stored>,
  context: AdminContext,
  id: Id,
): Promise<boolean> {
  const removed = await kind.remove(context, id);
  await delist(context.ledger, kind.catalog, id);
  if ((await kind.read(context, id)) !== undefined) {
    // Configured anew at the same moment: it must stay in the list.
    await enlist(context.ledger, kind.catalog, id);
  }
  return removed;
}

function idIn<Id extends string>({ parameters }: AdminRequest): Id | undefined {
  return parameters.id !== undefined && CONFIGURED_ID.test(parameters.id) ? (parameters.id as Id) : undefined;
}

function absent(kind: { readonly collection: string }, request: AdminRequest): HttpAnswer {
  return notFound(request, `There is no ${request.parameters.id} among the ${kind.collection}.`);
}
