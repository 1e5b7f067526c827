import { describe, expect, it } from 'vitest';
import { findOperation, requestViolations, unknownParameters } from '../support/contract.ts';
import { readCurl, shellCommands } from '../support/curl.ts';
import { filesEndingIn, MARKDOWN, readDocument, tableRows } from './documents.ts';

const CURLS = MARKDOWN.flatMap(({ path, text }) =>
  shellCommands(text)
    .filter((command) => command.startsWith('curl '))
    .map((command) => ({ page: path, command })),
);

/** Requests that a page writes in prose. */
const MENTIONED = MARKDOWN.filter(({ path }) => !path.startsWith('docs/adr/')).flatMap(({ path, text }) =>
  Array.from(text.matchAll(/`(GET|PUT|POST|PATCH|DELETE) (\/api\/v1\/[^\s`]*)[^`]*`/g), ([, method, at]) => ({
    page: path,
    request: `${method} ${at}`,
  })),
);

describe('curl commands', () => {
  it.each(CURLS)('$page: $command', ({ command }) => {
    const { method, url, headers, body } = readCurl(command);
    const asked = new URL(url.replace(/^(http:\/\/127\.0\.0\.1:3000|\$\w+)/, ''), 'http://onefill');
    const { pathname: path } = asked;
    expect(findOperation({ method, path }), `${method} ${path}`).toBeDefined();
    expect(unknownParameters(method, asked)).toEqual([]);
    expect(headers['content-type']).toBe(body === undefined ? undefined : 'application/json');
    // The one that shows what an error looks like.
    const isWrong = body?.includes('"papr"') ?? false;
    const requestBody = body === undefined ? undefined : JSON.parse(body);
    expect(requestViolations({ method, path, requestBody }).length > 0).toBe(isWrong);
  });
});

it.each(MENTIONED)('$page: $request is a request that there is', ({ request }) => {
  const [method = '', at = ''] = request.split(' ');
  const asked = new URL(at, 'http://onefill');
  expect(findOperation({ method, path: decodeURI(asked.pathname) })).toBeDefined();
  expect(unknownParameters(method, asked)).toEqual([]);
});

it('the codes of docs/api.md are those that functions answer', () => {
  const codes = tableRows(readDocument('docs/api.md').text).flatMap(([cell = '']) =>
    Array.from(cell.matchAll(/`([A-Z_]{4,})`/g), ([, code = '']) => code),
  );
  expect(codes).toHaveLength(16);
  const sources = filesEndingIn(/\.ts$/, 'functions').map(({ text }) => text);
  expect(codes.filter((code) => !sources.some((text) => text.includes(`'${code}'`)))).toEqual([]);
});
