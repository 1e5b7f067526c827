import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { emptyAnswer, type HttpAnswer, type HttpRequest } from '../shared/http.ts';
import type { HttpHandle } from '../shared/http-handler.ts';
import { audited } from './audit.ts';
import { type AdminEvent, type Caller, callerOf, refuseCaller } from './caller.ts';
import { methodNotAllowed, notFound } from './refusals.ts';
import { type AdminContext, type AdminRequest, BASE_PATH, type Route } from './route.ts';
import { type Match, matchRoute } from './router.ts';
import { ROUTES } from './routes.ts';

/** A route that there is only where CORS is configured; what browsers want to know, API Gateway adds. */
const PREFLIGHT = `OPTIONS ${BASE_PATH}/{proxy+}`;

/** Answers the requests of the admin API: who asks, what for, and whether they may. */
export function createAdminApi(
  context: AdminContext,
  logger: Logger,
): HttpHandle<AdminEvent | APIGatewayProxyEventV2> {
  return async (request, event) => {
    if (event.routeKey === PREFLIGHT) {
      return emptyAnswer(204);
    }
    const caller = callerOf(event);
    const match = matchRoute(ROUTES, request.method, request.path);
    const needed: Pick<Route, 'access' | 'scope'> =
      match.kind === 'found' ? match.route : { access: 'viewer' };
    const refused = refuseCaller(request, caller, needed);
    if (refused) {
      return refused;
    }
    switch (match.kind) {
      case 'no-such-path':
        return notFound(request, `There is nothing at ${request.path}.`);
      case 'no-such-method':
        return methodNotAllowed(request, match.allowed);
      case 'found':
        return match.route.access === 'operator'
          ? handleChange(context, logger, match, request, caller)
          : match.route.handle(
              context,
              adminRequest(request, match, caller, () => undefined),
            );
    }
  };
}

type Found = Extract<Match, { kind: 'found' }>;

/**
 * Handles a change and writes, into the activity log and as a line, who asked for it, why, and with which outcome: also
 * when there is none, because it may have taken effect. What was sent stays out, since it may hold secrets.
 */
async function handleChange(
  context: AdminContext,
  logger: Logger,
  match: Found,
  request: HttpRequest,
  caller: Caller,
): Promise<HttpAnswer> {
  const { tokenId } = caller;
  const { isSafe = false } = match.route;
  return audited(context, logger, { request, tokenId, isSafe }, async (notes) => {
    const note: AdminRequest['note'] = (details) => Object.assign(notes, details);
    let answered: HttpAnswer | undefined;
    try {
      answered = await match.route.handle(context, adminRequest(request, match, caller, note));
      return answered;
    } finally {
      logger.info('An operator asked for a change.', {
        tokenId,
        method: request.method,
        path: request.path,
        statusCode: answered?.statusCode ?? 'none',
        ...notes,
      });
    }
  });
}

function adminRequest(
  request: HttpRequest,
  { parameters }: Found,
  { tokenId, scopes }: Caller,
  note: AdminRequest['note'],
): AdminRequest {
  return { ...request, parameters, tokenId, scopes, note };
}
