import type { TradovateTiming } from '../../../functions/brokers/tradovate/timing.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { SYMBOLS } from '../fakes/tradovate/entities.ts';
import { brokerAt, startTestVenue, TEST_TIMING } from '../tradovate/support.ts';
import type { VenueCall, VenueFault, VenueUnderTest } from './venue-under-test.ts';

/** What a call waits that is not answered: long enough for this machine on a busy day to carry it out. */
const PATIENCE_MS = 100;

/** A Tradovate of its own. Time passes between calls, so that penalties end. */
export async function makeTradovateVenue(ledger: Ledger): Promise<VenueUnderTest> {
  const venue = await startTestVenue(ledger);
  const { fake, clock, secrets } = venue;
  const timing: { -readonly [Name in keyof TradovateTiming]: TradovateTiming[Name] } = { ...TEST_TIMING };
  const broker = brokerAt(venue, { timing });
  const waiting = new Set<VenueCall>();
  const before = (call: VenueCall) => {
    clock.advance(1_000);
    timing.callMs = waiting.delete(call) ? PATIENCE_MS : TEST_TIMING.callMs;
  };
  const [symbol] = SYMBOLS;
  return {
    broker: {
      ...broker,
      async place(intent) {
        before('place');
        return broker.place(intent);
      },
      async placeOco(pair) {
        before('place');
        return broker.placeOco?.(pair) ?? { kind: 'rejected', code: 'NONE', message: 'It takes no pairs.' };
      },
      async lookup(order) {
        before('lookup');
        return broker.lookup(order);
      },
      async cancel(order) {
        before('cancel');
        return broker.cancel(order);
      },
      async positions() {
        before('positions');
        return broker.positions();
      },
    },
    symbol,
    unit: decimal(1),
    secrets,
    post: async (price) => fake.exchange.post(symbol, price),
    meet(call: VenueCall, fault: VenueFault) {
      if (fault.startsWith('timeout')) {
        waiting.add(call);
      }
      return fake.meet(call, fault);
    },
    held: async () => fake.exchange.orders,
    async close() {
      await fake.close();
      if (fake.problems.length > 0) {
        throw new Error(`Not as the published schema has it: ${fake.problems.join('; ')}`);
      }
    },
  };
}
