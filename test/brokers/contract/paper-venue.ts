import type { Broker } from '../../../functions/brokers/broker.ts';
import { REHEARSABLE } from '../../../functions/brokers/paper/rehearsal.ts';
import type { ClientOrderIdGuarantee, RehearsalFault } from '../../../functions/core/configuration.ts';
import { decimal } from '../../../functions/core/decimal.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import { paperVenue } from '../support.ts';
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

/** A paper account of its own in a ledger. */
export async function makePaperVenue(
  ledger: Ledger,
  guarantee: ClientOrderIdGuarantee,
): Promise<VenueUnderTest> {
  const { through, post, broker, clock } = paperVenue(ledger, guarantee);
  const faults: RehearsalFault[] = [];
  const next = (call: VenueCall): Broker => {
    clock.advance(1);
    const index = faults.findIndex(({ on }) => on === call);
    return through(ledger, index < 0 ? [] : faults.splice(index, 1));
  };
  const { placeOco } = broker;
  return {
    broker: {
      ...broker,
      place: (intent) => next('place').place(intent),
      lookup: (order) => next('lookup').lookup(order),
      cancel: (order) => next('cancel').cancel(order),
      ...(placeOco === undefined ? {} : { placeOco: (pair) => (next('place').placeOco ?? placeOco)(pair) }),
    },
    symbol: 'MNQM5',
    unit: decimal(1),
    secrets: [],
    post: (price) => post(Number(price)),
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
