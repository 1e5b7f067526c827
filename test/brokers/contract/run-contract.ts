import { describe, expect, it } from 'vitest';
import type { Broker } from '../../../functions/brokers/broker.ts';
import { CASES } from './cases.ts';
import type { CaseGroup, ContractCase } from './contract-case.ts';
import { PAGE, readPage, withRows } from './page.ts';
import type { VenueUnderTest } from './venue-under-test.ts';

const CASE_COUNT = CASES.flatMap(({ cases }) => cases).length;

/**
 * Registers every case of the contract, each at a venue of its own, and holds the venue's row in docs/brokers.md to
 * what comes out.
 *
 * @param name the venue, as its row says it
 */
export function runContract(name: string, makeVenue: () => Promise<VenueUnderTest>): void {
  const passed: string[] = [];
  runCases(name, makeVenue, CASES, ({ id }) => passed.push(id));

  it(`${name}: docs/brokers.md has its row; vitest --maxWorkers=1 -u writes it anew`, async () => {
    const { broker, close } = await makeVenue();
    await close();
    const row = [`\`${name}\``, ...declarations(broker), `${passed.length} of ${CASE_COUNT}`] as const;
    await expect(withRows(readPage(), 'venues', [row])).toMatchFileSnapshot(PAGE.fromHere);
  });
}

/** Registers the cases that one declaration decides, for another way in which a venue can be made. */
export function runDecided(
  name: string,
  by: NonNullable<ContractCase['decidedBy']>,
  makeVenue: () => Promise<VenueUnderTest>,
): void {
  const groups = CASES.map(({ title, cases }) => ({
    title,
    cases: cases.filter(({ decidedBy }) => decidedBy === by),
  }));
  runCases(
    name,
    makeVenue,
    groups.filter(({ cases }) => cases.length > 0),
  );
}

function runCases(
  name: string,
  makeVenue: () => Promise<VenueUnderTest>,
  groups: readonly CaseGroup[],
  onPass: (passed: ContractCase) => void = () => undefined,
): void {
  describe.each(groups)(`${name}: $title`, ({ cases }) => {
    it.each(cases)('$id: $says', async (contractCase) => {
      const venue = await makeVenue();
      try {
        await contractCase.check(venue);
        onPass(contractCase);
      } finally {
        await venue.close();
      }
    });
  });
}

/** What an adapter says about its venue, as cells of its row. */
function declarations({ clientOrderIdGuarantee, capabilities }: Broker): readonly string[] {
  const { orderTypes, timesInForce, oco, reduceOnly } = capabilities;
  return [
    `\`${clientOrderIdGuarantee}\``,
    orderTypes.join(', '),
    timesInForce.join(', '),
    `\`${oco}\``,
    reduceOnly ? 'yes' : 'no',
  ];
}
