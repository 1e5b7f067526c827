import { createAlpacaBroker } from '../../../../functions/brokers/alpaca/alpaca-broker.ts';
import type { Broker } from '../../../../functions/brokers/broker.ts';
import { createCredentialsStore } from '../../../../functions/brokers/credentials.ts';
import type { VenueCall, VenueFault } from '../../contract/venue-under-test.ts';
import { startHttpVenue, type VenueLanguage, type VenueRequest } from '../http-venue.ts';
import { type AlpacaKeys, FakeAlpaca } from './alpaca.ts';

/** An Alpaca of a test's own, over HTTP, with an account there. */
export interface TestAlpaca {
  readonly alpaca: FakeAlpaca;
  readonly url: string;
  /** What was sent, oldest first. */
  readonly requests: readonly VenueRequest[];
  /** The adapter of an account whose credentials are in the secret. */
  readonly broker: Broker;
  /** What Secrets Manager has; `undefined`: nothing. */
  secret: string | undefined;
  /** How often it was asked. */
  readonly secretReads: () => number;
  /** The next request of this kind of call meets the fault. */
  readonly meet: (call: VenueCall, fault: VenueFault) => true;
  readonly close: () => Promise<void>;
}

export const KEYS: AlpacaKeys = {
  keyId: 'PKTEST0000000000FAKE',
  secretKey: 'fake/Secret+0000000000000000000000000000',
};

/**
 * Starts the fake and the adapter. Time stands still for the adapter: a call is over when the fake keeps silent, and not
 * because the machine is busy.
 */
export async function startAlpaca(): Promise<TestAlpaca> {
  const alpaca = new FakeAlpaca(KEYS);
  const deadlines = new Deadlines();
  const venue = await startHttpVenue(deadlines.endingWithSilence(alpaca));
  const clock = { now: () => Date.parse('2026-11-23T15:00:00.000Z') };
  let reads = 0;
  const test = { secret: JSON.stringify(KEYS) as string | undefined };
  const readSecret = async () => {
    reads += 1;
    return test.secret;
  };
  const broker = createAlpacaBroker(
    { credentials: 'main', environment: 'demo' },
    {
      fetch,
      credentials: createCredentialsStore('onefill/test/', readSecret, clock),
      clock,
      endpoints: { alpaca: venue.url },
    },
    () => deadlines.begin(),
  );
  return Object.assign(test, {
    alpaca,
    url: venue.url,
    requests: venue.requests,
    broker,
    secretReads: () => reads,
    meet: (call: VenueCall, fault: VenueFault) => {
      deadlines.expect(call, fault);
      return venue.meet(call, fault);
    },
    close: () => venue.close(),
  });
}

/** The deadlines of the calls under way. */
class Deadlines {
  readonly #open: AbortController[] = [];
  readonly #faults: { readonly call: VenueCall; readonly fault: VenueFault }[] = [];

  begin(): AbortSignal {
    const controller = new AbortController();
    this.#open.push(controller);
    return controller.signal;
  }

  expect(call: VenueCall, fault: VenueFault): void {
    this.#faults.push({ call, fault });
  }

  /** The language of a venue whose silence ends the calls that wait for it, once it has done what it was asked for. */
  endingWithSilence(language: VenueLanguage): VenueLanguage {
    return {
      callOf: (request) => {
        const call = language.callOf(request);
        const index = this.#faults.findIndex((each) => each.call === call);
        const fault = index < 0 ? undefined : this.#faults.splice(index, 1)[0]?.fault;
        if (fault === 'timeout' || fault === 'timeout-after-accept') {
          setImmediate(() => this.#end());
        }
        return call;
      },
      answer: (request, fills) => language.answer(request, fills),
      refuse: (request, fault) => language.refuse(request, fault),
    };
  }

  #end(): void {
    for (const controller of this.#open.splice(0)) {
      controller.abort(new DOMException('The test ended the wait.', 'TimeoutError'));
    }
  }
}
