import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createAlpacaBroker } from '../../../functions/brokers/alpaca/alpaca-broker.ts';
import { FakeAlpaca } from '../fakes/alpaca/alpaca.ts';
import { KEYS } from '../fakes/alpaca/start-alpaca.ts';
import { type HttpVenue, startHttpVenue } from '../fakes/http-venue.ts';
import { buy, refTo } from './intents.ts';

let venue: HttpVenue;
beforeEach(async () => {
  venue = await startHttpVenue(new FakeAlpaca(KEYS));
});
afterEach(async () => {
  vi.restoreAllMocks();
  await venue.close();
});

/** The adapter as it is deployed, with the machine's own fetch, unless another deadline is said. */
const adapter = (newDeadline?: () => AbortSignal) =>
  createAlpacaBroker(
    { credentials: 'main', environment: 'demo' },
    {
      fetch,
      credentials: { read: async () => KEYS as never, forget: () => undefined },
      clock: Date,
      endpoints: { alpaca: venue.url },
    },
    newDeadline,
  );

describe('a call to Alpaca', () => {
  it('that is not answered ends with its deadline, and nobody knows', async () => {
    venue.meet('place', 'timeout-after-accept');
    const { place } = adapter(() => AbortSignal.timeout(20));
    expect(await place(buy())).toEqual({
      kind: 'unknown',
      cause: 'timeout',
      message: 'Alpaca did not answer in time.',
    });
  });

  it('has the time that the engine waits for a venue, however many requests it takes', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const { place, cancel } = adapter();
    await place(buy());
    await cancel(refTo(buy()));
    expect(timeout.mock.calls).toEqual([[1_000], [1_000]]);
    expect(venue.requests.map(({ method }) => method)).toEqual(['POST', 'GET', 'DELETE']);
  });
});
