import { ACCOUNT } from './cases/account.ts';
import { CANCEL } from './cases/cancel.ts';
import { DUPLICATES } from './cases/duplicates.ts';
import { FILLS } from './cases/fills.ts';
import { LOOKUP } from './cases/lookup.ts';
import { OUTAGES } from './cases/outages.ts';
import { PAIRS } from './cases/pairs.ts';
import { PLACE } from './cases/place.ts';
import { REFUSALS } from './cases/refusals.ts';
import { REPLACE } from './cases/replace.ts';
import type { CaseGroup } from './contract-case.ts';

/** Every acceptance case that an adapter passes. A case keeps its number; a new one gets the next of its group. */
export const CASES: readonly CaseGroup[] = [
  PLACE,
  DUPLICATES,
  LOOKUP,
  CANCEL,
  REPLACE,
  PAIRS,
  FILLS,
  REFUSALS,
  OUTAGES,
  ACCOUNT,
];
