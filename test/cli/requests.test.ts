import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { COMMANDS } from '../../bin/commands/commands.ts';
import { LIST_OPTIONS } from '../../bin/commands/lists.ts';
import { onefillHere } from '../support/cli-session.ts';
import { findOperation, requestViolations, unknownParameters } from '../support/contract.ts';
import { exampleWords } from './example-words.ts';

/** A request as the API would get it. */
interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly requestBody: unknown;
}

const asked: Asked[] = [];
let server: Server;
let environment: Record<string, string>;

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request);
    asked.push({
      method: request.method ?? '',
      url: new URL(request.url ?? '', 'http://onefill'),
      requestBody: body === '' ? undefined : JSON.parse(body),
    });
    response.end(JSON.stringify({ items: [] }));
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  environment = {
    ONEFILL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ONEFILL_WEBHOOK_SECRET: 'secret',
  };
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
});

const operationOf = ({ method, url }: Asked) => findOperation({ method, path: url.pathname });

/** What every list has beside what narrows it. */
const PAGES = ['limit', 'cursor', 'format'];
/** `positions` asks account by account: the API has no list of them. */
const LISTS = COMMANDS.filter(
  ({ name, options }) => options.limit === LIST_OPTIONS.limit && name !== 'positions',
);

it.each(LISTS)('onefill $name can be narrowed by whatever the API takes', async (list) => {
  const narrowing = Object.keys(list.options).filter((option) => !(option in LIST_OPTIONS));
  const argv = [...list.name.split(' '), ...narrowing.flatMap((option) => [`--${option}`, 'x'])];

  expect(await onefillHere(argv, { environment })).toMatchObject({ exitCode: 0 });

  const [request] = asked;
  const sent = [...(request?.url.searchParams.keys() ?? [])].filter((name) => !PAGES.includes(name));
  const taken = request && operationOf(request)?.queryParameters.filter((name) => !PAGES.includes(name));
  expect(sent.toSorted()).toEqual(taken?.toSorted());
});

/** These run a local cloud, or read what AWS has. */
const ELSEWHERE = /^onefill (start|demo|token create .*--table)|onefill start/;
const EXAMPLES = COMMANDS.flatMap(({ examples }) => examples.map(({ line }) => line)).filter(
  (line) => !ELSEWHERE.test(line),
);

/** What the files of examples hold: a recording, a configuration, or a signal. */
function inputFor(argv: readonly string[]): string {
  const payload = { symbol: 'A', action: 'buy', quantity: 1 };
  if (argv.includes('replay')) {
    const lines = Number(argv[argv.indexOf('--from') + 1]) || 1;
    return Array.from({ length: lines }, () => JSON.stringify({ payload, offsetMs: 0 })).join('\n');
  }
  const configuration = { accounts: [{ accountId: 'paper-1', broker: 'paper' }] };
  return JSON.stringify(argv.includes('import') ? configuration : payload);
}

it.each(EXAMPLES)('%s asks for what the API takes', async (line) => {
  const argv = exampleWords(line).map((word) => (/\.jsonl?$/.test(word) ? '-' : word));

  await onefillHere(argv, {
    ...{ environment, input: inputFor(argv), answer: 'y' },
    stopping: AbortSignal.timeout(50),
  });

  expect(asked).not.toEqual([]);
  for (const request of asked) {
    const { method, url, requestBody } = request;
    expect(operationOf(request), `${method} ${url.pathname}`).toBeDefined();
    expect(unknownParameters(method, url)).toEqual([]);
    expect(requestViolations({ method, path: url.pathname, requestBody })).toEqual([]);
  }
});
