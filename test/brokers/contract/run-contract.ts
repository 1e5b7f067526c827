import { describe, it } from 'vitest';
import { CASES } from './cases.ts';
import type { CaseGroup, ContractCase } from './contract-case.ts';
import type { VenueUnderTest } from './venue-under-test.ts';

/** Registers every case of the contract, each at a venue of its own. */
export function runContract(name: string, makeVenue: () => Promise<VenueUnderTest>): void {
  runCases(name, makeVenue, CASES);
}

/** Registers the cases that the guarantee decides, for another class of a venue that passes all of them already. */
export function runGuarantee(name: string, makeVenue: () => Promise<VenueUnderTest>): void {
  const decided = ({ decidedBy }: ContractCase) => decidedBy === 'guarantee';
  const groups = CASES.map(({ title, cases }) => ({ title, cases: cases.filter(decided) }));
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
): void {
  describe.each(groups)(`${name}: $title`, ({ cases }) => {
    it.each(cases)('$id: $says', async ({ check }) => {
      const venue = await makeVenue();
      try {
        await check(venue);
      } finally {
        await venue.close();
      }
    });
  });
}
