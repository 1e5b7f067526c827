/** A route of an HTTP API. */
export interface Route<Target> {
  /** As in the template, `POST /webhooks/{webhookId}` or `$default`. */
  readonly routeKey: string;
  /** A method, or `ANY`. */
  readonly method: string;
  readonly segments: readonly Segment[];
  readonly target: Target;
}

/** A route that takes a request, and what its path's parameters are. */
export interface RouteMatch<Target> {
  readonly route: Route<Target>;
  readonly pathParameters: Readonly<Record<string, string>>;
}

type Segment =
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'parameter'; readonly name: string }
  | { readonly kind: 'greedy'; readonly name: string };

const DEFAULT_ROUTE_KEY = '$default';

/** How much a route says of a path's segment: API Gateway prefers the route that says more, first to last. */
const SPECIFICITY = { literal: 3, parameter: 2, greedy: 1 } as const;

/** Reads a route key of an HTTP API. */
export function parseRouteKey<Target>(routeKey: string, target: Target): Route<Target> {
  const [method = '', path] = routeKey.split(' ');
  if (path === undefined) {
    return { routeKey, method: 'ANY', segments: [{ kind: 'greedy', name: 'proxy' }], target };
  }
  return { routeKey, method, segments: split(path).map(parseSegment), target };
}

/**
 * Chooses the route for a request as API Gateway does: the one with the most specific path that takes the method, a
 * named method before `ANY`, and `$default` when there is no other.
 *
 * @param path decoded, without the query
 */
export function matchRoute<Target>(
  routes: readonly Route<Target>[],
  method: string,
  path: string,
): RouteMatch<Target> | undefined {
  const segments = split(path);
  const matches = routes
    .filter((route) => route.routeKey !== DEFAULT_ROUTE_KEY)
    .filter((route) => route.method === 'ANY' || route.method === method)
    .flatMap((route) => {
      const pathParameters = matchPath(route.segments, segments);
      return pathParameters === undefined ? [] : [{ route, pathParameters }];
    });
  const [best] = matches.toSorted((left, right) => compare(left.route, right.route));
  const fallback = routes.find(({ routeKey }) => routeKey === DEFAULT_ROUTE_KEY);
  return best ?? (fallback && { route: fallback, pathParameters: {} });
}

function split(path: string): readonly string[] {
  return path.replace(/^\//, '').split('/');
}

function parseSegment(text: string): Segment {
  const parameter = /^\{([^+}]+)(\+?)\}$/.exec(text);
  const name = parameter?.[1];
  if (name === undefined) {
    return { kind: 'literal', text };
  }
  return parameter?.[2] === '+' ? { kind: 'greedy', name } : { kind: 'parameter', name };
}

function matchPath(
  pattern: readonly Segment[],
  segments: readonly string[],
): Readonly<Record<string, string>> | undefined {
  const parameters: Record<string, string> = {};
  for (const [index, expected] of pattern.entries()) {
    const segment = segments[index];
    if (segment === undefined || (expected.kind === 'literal' ? segment !== expected.text : segment === '')) {
      return undefined;
    }
    if (expected.kind === 'greedy') {
      return { ...parameters, [expected.name]: segments.slice(index).join('/') };
    }
    if (expected.kind === 'parameter') {
      parameters[expected.name] = segment;
    }
  }
  return pattern.length === segments.length ? parameters : undefined;
}

/** Negative when the left route is to be preferred. */
function compare(left: Route<unknown>, right: Route<unknown>): number {
  for (const [index, segment] of left.segments.entries()) {
    const other = right.segments[index];
    if (other !== undefined && segment.kind !== other.kind) {
      return SPECIFICITY[other.kind] - SPECIFICITY[segment.kind];
    }
  }
  return Number(left.method === 'ANY') - Number(right.method === 'ANY');
}
