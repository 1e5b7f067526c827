import type { Logger } from '@aws-lambda-powertools/logger';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { HttpAnswer, HttpRequest } from '../shared/http.ts';
import type { HttpHandle } from '../shared/http-handler.ts';
import { type AdminEvent, type Caller, callerOf, refuseCaller } from './caller.ts';
import { methodNotAllowed, notFound } from './refusals.ts';
import type { Access, AdminContext } from './route.ts';
import { matchRoute } from './router.ts';
import { ROUTES } from './routes.ts';

/** Answers the requests of the admin API: who asks, what for, and whether they may. */
export function createAdminApi(
  context: AdminContext,
  logger: Logger,
): HttpHandle<AdminEvent | APIGatewayProxyEventV2> {
  return async (request, event) => {
    const caller = callerOf(event);
    const match = matchRoute(ROUTES, request.method, request.path);
    const access: Access = match.kind === 'found' ? match.route.access : 'viewer';
    const refused = refuseCaller(request, caller, access);
    if (refused) {
      return refused;
    }
    switch (match.kind) {
      case 'no-such-path':
        return notFound(request, `There is nothing at ${request.path}.`);
      case 'no-such-method':
        return methodNotAllowed(request, match.allowed);
      case 'found': {
        const answered = await match.route.handle(context, { ...request, parameters: match.parameters });
        logChange(logger, caller, access, request, answered);
        return answered;
      }
    }
  };
}

/** Who changed what, and with which outcome; what was sent stays out, since it may hold secrets. */
function logChange(
  logger: Logger,
  caller: Caller,
  access: Access,
  { method, path }: HttpRequest,
  { statusCode }: HttpAnswer,
): void {
  if (access === 'operator') {
    logger.info('An operator asked for a change.', { tokenId: caller.tokenId, method, path, statusCode });
  }
}
