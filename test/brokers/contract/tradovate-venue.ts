import { decimal } from '../../../functions/core/decimal.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { impatientFetch } from '../fakes/http-venue.ts';
import { SYMBOLS } from '../fakes/tradovate/entities.ts';
import { brokerAt, startTestVenue } from '../tradovate/support.ts';
import type { VenueUnderTest } from './venue-under-test.ts';

/** Longer than the penalties of the fake. */
const BETWEEN_CALLS_MS = 1_000;

/** A Tradovate of its own. Time passes between calls, so that penalties end. */
export async function makeTradovateVenue(ledger: Ledger): Promise<VenueUnderTest> {
  const venue = await startTestVenue(ledger);
  const { fake, clock, secrets } = venue;
  const broker = brokerAt(venue, { fetch: impatientFetch });
  const { place, placeOco, lookup, cancel, positions } = broker;
  const later = <Input extends readonly unknown[], Outcome>(call: (...input: Input) => Promise<Outcome>) => {
    return (...input: Input) => {
      clock.advance(BETWEEN_CALLS_MS);
      return call(...input);
    };
  };
  const [symbol] = SYMBOLS;
  return {
    broker: {
      ...broker,
      place: later(place),
      ...(placeOco === undefined ? {} : { placeOco: later(placeOco) }),
      lookup: later(lookup),
      cancel: later(cancel),
      positions: later(positions),
    },
    symbol,
    unit: decimal(1),
    trail: { type: 'amount', amount: decimal(12) },
    secrets,
    post: async (price) => fake.exchange.post(symbol, price),
    meet: fake.meet,
    held: async () => fake.exchange.orders,
    async close() {
      await fake.close();
      if (fake.problems.length > 0) {
        throw new Error(`Not as the published schema has it: ${fake.problems.join('; ')}`);
      }
    },
  };
}
