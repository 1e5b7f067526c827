import type { APIGatewayProxyEventV2, APIGatewayProxyEventV2WithLambdaAuthorizer } from 'aws-lambda';
import { ROLES, type Role, SCOPES, type Scope } from '../ledger/tokens.ts';
import type { HttpAnswer, HttpRequest } from '../shared/http.ts';
import { forbidden, unauthenticated } from './refusals.ts';
import type { Route } from './route.ts';

/** An event of a route with the authorizer; its context is checked here, whatever the type promises. */
export type AdminEvent = APIGatewayProxyEventV2WithLambdaAuthorizer<Record<string, unknown>>;

/** Who asks, as the authorizer recognized them. */
export interface Caller {
  readonly role: Role | 'anonymous';
  readonly tokenId: string;
  /** Which changes they may ask for. */
  readonly scopes: readonly Scope[];
}

const NOBODY: Caller = { role: 'anonymous', tokenId: '', scopes: [] };

/** Reads who asks. Without the authorizer's word, or with one that makes no sense, it is nobody. */
export function callerOf(event: AdminEvent | APIGatewayProxyEventV2): Caller {
  const authorizer: unknown =
    'authorizer' in event.requestContext ? event.requestContext.authorizer : undefined;
  const context = property(authorizer, 'lambda');
  const role = ROLES.find((known) => known === property(context, 'role'));
  const tokenId = property(context, 'tokenId');
  const scopes = role === 'operator' ? scopesIn(property(context, 'scopes')) : [];
  return role !== undefined && typeof tokenId === 'string' && scopes !== undefined
    ? { role, tokenId, scopes }
    : NOBODY;
}

/**
 * Refuses who may not do this: 401 without a valid token, 403 when its role or its scopes are not enough. A change that
 * names no scope needs all of them, so that one that was forgotten is closed, not open.
 */
export function refuseCaller(
  request: HttpRequest,
  caller: Caller,
  { access, scope }: Pick<Route, 'access' | 'scope'>,
): HttpAnswer | undefined {
  if (access === 'public') {
    return undefined;
  }
  if (caller.role === 'anonymous') {
    return unauthenticated(request);
  }
  if (access === 'viewer') {
    return undefined;
  }
  if (caller.role !== 'operator') {
    return forbidden(request, 'The token may read; changing things needs the role operator.');
  }
  const missing = (scope === undefined ? SCOPES : [scope]).filter(
    (needed) => !caller.scopes.includes(needed),
  );
  return missing.length === 0
    ? undefined
    : forbidden(request, `The token has not the scope that this needs: ${missing.join(', ')}.`);
}

/** @returns `undefined` when the authorizer's word on scopes makes no sense */
function scopesIn(text: unknown): readonly Scope[] | undefined {
  if (text === undefined) {
    return SCOPES;
  }
  const named = typeof text === 'string' ? text.split(' ') : [];
  const known = SCOPES.filter((scope) => named.includes(scope));
  return known.length > 0 && known.length === named.length ? known : undefined;
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}
