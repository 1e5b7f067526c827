import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';
import { ROLES, type Role } from '../ledger/tokens.ts';
import type { HttpAnswer, HttpRequest } from '../shared/http.ts';
import { forbidden, unauthenticated } from './refusals.ts';
import type { Access } from './route.ts';

/** An event of a route with the authorizer; its context is checked here, whatever the type promises. */
export type AdminEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<Record<string, unknown>>;

/** Who asks, as the authorizer recognized them. */
export interface Caller {
  readonly role: Role | 'anonymous';
  readonly tokenId: string;
}

const NOBODY: Caller = { role: 'anonymous', tokenId: '' };

/** Reads who asks. Without the authorizer's word, or with one that makes no sense, it is nobody. */
export function callerOf(event: AdminEvent | APIGatewayProxyEventV2): Caller {
  const authorizer: unknown =
    'authorizer' in event.requestContext ? event.requestContext.authorizer : undefined;
  const context = property(authorizer, 'lambda');
  const role = ROLES.find((known) => known === property(context, 'role'));
  const tokenId = property(context, 'tokenId');
  return role !== undefined && typeof tokenId === 'string' ? { role, tokenId } : NOBODY;
}

/** Refuses who may not do this: 401 without a valid token, 403 when its role is not enough. */
export function refuseCaller(request: HttpRequest, caller: Caller, access: Access): HttpAnswer | undefined {
  if (access === 'public') {
    return undefined;
  }
  if (caller.role === 'anonymous') {
    return unauthenticated(request);
  }
  return access === 'operator' && caller.role !== 'operator' ? forbidden(request) : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
