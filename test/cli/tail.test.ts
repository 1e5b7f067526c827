import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { onefillHere } from '../support/cli-session.ts';
import { until } from '../support/until.ts';

/** An entry as the API answers it. */
interface Entry {
  readonly activityId: string;
  readonly at: string;
  readonly type: string;
  readonly statusCode?: number;
}

const PAGE_ITEMS = 3;
const BEGIN_MS = Date.parse('2026-01-01T00:00:00Z');

/** A log that answers as `GET /api/v1/activity` does (docs/openapi.yaml): by second, in pages. */
let log: Entry[];
let isDown: boolean;
/** Whether the fields of entries come in the other order, as DynamoDB's do now and then. */
let fieldsTurned = false;
const turned = (entry: Entry) => Object.fromEntries(Object.entries(entry).reverse());
let refusals: number;
let server: Server;
let environment: Record<string, string>;

beforeAll(async () => {
  server = createServer((request, response) => {
    const query = new URL(request.url ?? '', 'http://log').searchParams;
    if (isDown) {
      refusals += 1;
      response.writeHead(503).end('busy');
      return;
    }
    const from = query.get('from') ?? '';
    const sorted = log
      .filter(({ at }) => at >= from)
      .toSorted((left, right) => (left.activityId < right.activityId ? -1 : 1));
    const ordered = query.get('sort') === 'at' ? sorted : sorted.reverse();
    const start = ordered.findIndex(({ activityId }) => activityId === query.get('cursor')) + 1;
    const items = ordered.slice(start, start + Math.min(PAGE_ITEMS, Number(query.get('limit'))));
    const hasMore = start + items.length < ordered.length;
    fieldsTurned = !fieldsTurned;
    response.end(
      JSON.stringify({
        items: fieldsTurned ? items.map(turned) : items,
        ...(hasMore ? { nextCursor: items.at(-1)?.activityId } : {}),
      }),
    );
  });
  await new Promise<void>((listening) => {
    server.listen(0, '127.0.0.1', listening);
  });
  environment = { ONEFILL_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
});
afterAll(() => server.close());
beforeEach(() => {
  log = [];
  isDown = false;
  refusals = 0;
});

function write(second: number, name: string, type = 'ORDER_CHANGED', more: Partial<Entry> = {}): void {
  const at = new Date(BEGIN_MS + second * 1_000).toISOString();
  const activityId = `${at}#${name}`;
  log = [...log.filter((entry) => entry.activityId !== activityId), { activityId, at, type, ...more }];
}

/** Follows the log until `isOver` says so of the names that were told. */
async function follow(argv: readonly string[], play: (told: readonly string[]) => Promise<void>) {
  const stop = new AbortController();
  const told: string[] = [];
  const command = onefillHere(['tail', '--every', '0.005', '--json', ...argv], {
    environment,
    stopping: stop.signal,
    onLine: (line) => told.push((JSON.parse(line) as Entry).activityId.split('#')[1] ?? ''),
  });
  await play(told);
  stop.abort();
  return { ...(await command), told };
}

const toldAll = (told: readonly string[], count: number) =>
  until(async () => (told.length >= count ? true : undefined), `${count} entries in ${told}`);

describe('onefill tail', () => {
  it('begins with the last entries and tells each later one once, also those written late and many at once', async () => {
    for (let number = 0; number < 8; number += 1) {
      write(number, `old${number}`);
    }
    const { exitCode, told } = await follow(['--lines', '2'], async (seen) => {
      await toldAll(seen, 2);
      write(9, 'new');
      await toldAll(seen, 3);
      write(6, 'late');
      await toldAll(seen, 4);
      for (let number = 0; number < 10; number += 1) {
        write(9, `burst${number}`);
      }
      await toldAll(seen, 14);
      // Far behind an operator's action, which does not come by the stream.
      write(4_000, 'action', 'OPERATOR_ACTION');
      await toldAll(seen, 15);
      write(8, 'laggard');
      write(4_000, 'action', 'OPERATOR_ACTION', { statusCode: 200 });
      await toldAll(seen, 17);
    });
    expect(exitCode).toBe(0);
    expect(told.slice(0, 4)).toEqual(['old6', 'old7', 'new', 'late']);
    expect(told.toSorted()).toEqual(
      [
        'old6',
        'old7',
        'new',
        'late',
        'laggard',
        'action',
        'action',
        ...Array.from({ length: 10 }, (_, n) => `burst${n}`),
      ].toSorted(),
    );
  });

  it('tells of what is far behind the rest of the stream', async () => {
    write(200, 'first');
    const { told } = await follow([], async (seen) => {
      await toldAll(seen, 1);
      write(100, 'behind');
      await toldAll(seen, 2);
    });
    expect(told).toEqual(['first', 'behind']);
  });

  it('asks again while Onefill does not answer, and goes on where it was', async () => {
    write(0, 'before');
    const { exitCode, told, err } = await follow([], async (seen) => {
      await toldAll(seen, 1);
      isDown = true;
      await until(async () => (refusals > 1 ? true : undefined), 'being asked again');
      write(1, 'meanwhile');
      isDown = false;
      await toldAll(seen, 2);
    });
    expect({ exitCode, told }).toEqual({ exitCode: 0, told: ['before', 'meanwhile'] });
    expect(err.length).toBeGreaterThan(1);
    expect(err[0]).toMatch(/^GET \/activity: 503, .* Asking again\.$/);
  });

  it('shows the last lines of an empty and of a short log, and ends', async () => {
    expect(await onefillHere(['tail', '--no-follow'], { environment })).toMatchObject({
      exitCode: 0,
      out: [],
    });
    write(0, 'x', 'HALTED', { statusCode: 200 });
    expect((await onefillHere(['tail', '--no-follow'], { environment })).out).toEqual([
      '2026-01-01T00:00:00.000Z HALTED                   statusCode=200',
    ]);
  });
});
