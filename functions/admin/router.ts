import { BASE_PATH, type Route } from './route.ts';

/** What a request asks for. */
export type Match =
  | {
      readonly kind: 'found';
      readonly route: Route;
      readonly parameters: Readonly<Record<string, string>>;
    }
  | { readonly kind: 'no-such-method'; readonly allowed: readonly string[] }
  | { readonly kind: 'no-such-path' };

const PARAMETER = /^\{(\w+)\}$/;

/** Finds the route of a request. */
export function matchRoute(routes: readonly Route[], method: string, path: string): Match {
  const candidates = routes.flatMap((route) => {
    const parameters = matchPath(`${BASE_PATH}${route.path}`, path);
    return parameters ? [{ route, parameters }] : [];
  });
  const found = candidates.find(({ route }) => route.method === method);
  if (found) {
    return { kind: 'found', ...found };
  }
  return candidates.length > 0
    ? { kind: 'no-such-method', allowed: candidates.map(({ route }) => route.method) }
    : { kind: 'no-such-path' };
}

function matchPath(pattern: string, path: string): Record<string, string> | undefined {
  const expected = pattern.split('/');
  const given = path.split('/');
  if (expected.length !== given.length) {
    return undefined;
  }
  const parameters: Record<string, string> = {};
  for (const [index, part] of expected.entries()) {
    const text = given[index] ?? '';
    const name = PARAMETER.exec(part)?.[1];
    if (name !== undefined && text !== '') {
      parameters[name] = text;
    } else if (part !== text) {
      return undefined;
    }
  }
  return parameters;
}
