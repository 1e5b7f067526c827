import type { Broker } from '../../../functions/brokers/broker.ts';
import { postPrice } from '../../../functions/brokers/paper/book.ts';
import { createPaperBroker } from '../../../functions/brokers/paper/paper-broker.ts';
import { REHEARSABLE } from '../../../functions/brokers/paper/rehearsal.ts';
import type { RehearsalFault, Simulation } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { AccountId } from '../../../functions/core/ids.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { VenueClock } from '../support.ts';
import type { VenueCall, VenueFault, VenueUnderTest } from './venue-under-test.ts';

/** What the paper venue calls the faults; it has no wire on which an answer could be reset or garbled afterwards. */
const REHEARSED: Readonly<Partial<Record<VenueFault, RehearsalFault['kind']>>> = {
  reject: 'reject',
  'rate-limit': 'rate-limit',
  unavailable: 'unavailable',
  'unavailable-after-accept': 'unavailable-after-accept',
  reset: 'reset',
  timeout: 'timeout-before-accept',
  'timeout-after-accept': 'timeout-after-accept',
  'partial-fill': 'partial-fill',
  'late-fill': 'late-fill',
};

const SYMBOL = 'MNQM5';

let accounts = 0;

/** A paper account of its own in a ledger; it rehearses the safest venue unless told otherwise. */
export async function makePaperVenue(
  ledger: Ledger,
  { guarantee = 'PERMANENT', oco = 'native' }: Partial<Pick<Simulation, 'guarantee' | 'oco'>> = {},
): Promise<VenueUnderTest> {
  accounts += 1;
  const book = { ...ledger, accountId: `contract-${accounts}` as AccountId };
  const clock = new VenueClock();
  const faults: RehearsalFault[] = [];
  const brokerThat = (meets: readonly RehearsalFault[]): Broker =>
    createPaperBroker(
      book,
      {
        cash: decimal(100_000),
        simulation: { latencyMs: 0, guarantee, oco, faults: meets },
        multiplierOf: () => decimal(1),
      },
      clock,
    );
  const next = (call: VenueCall): Broker => {
    clock.advance(1);
    const index = faults.findIndex(({ on }) => on === call);
    return brokerThat(index < 0 ? [] : faults.splice(index, 1));
  };
  const broker = brokerThat([]);
  const { placeOco } = broker;
  return {
    broker: {
      ...broker,
      place: (intent) => next('place').place(intent),
      ...(placeOco ? { placeOco: (pair) => (next('place').placeOco ?? placeOco)(pair) } : {}),
      lookup: (order) => next('lookup').lookup(order),
      cancel: (order) => next('cancel').cancel(order),
    },
    symbol: SYMBOL,
    unit: decimal(1),
    secrets: [],
    post: (price) => postPrice(book, SYMBOL, price),
    meet(call, fault) {
      const kind = REHEARSED[fault];
      if (kind === undefined || call === 'positions' || !REHEARSABLE[kind].includes(call)) {
        return false;
      }
      faults.push({ kind, on: call, when: { type: 'always' } });
      return true;
    },
    held: async () => (await broker.orders(1_000)).toReversed(),
    close: async () => undefined,
  };
}
