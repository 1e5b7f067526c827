import * as z from 'zod/mini';
import type { InstrumentSettings, InstrumentTerms } from '../core/configuration.ts';
import { FUTURES_ROOTS } from '../core/futures.ts';
import { contractSymbol, parseSymbol } from '../core/futures-symbol.ts';
import { amount, fields, integer, symbol } from './fields.ts';

const INSTRUMENTS_MAX = 50;
const ROLL_DAYS_MAX = 90;
const instrumentsMessage = `must be an object of at most ${INSTRUMENTS_MAX} instruments`;
const nameMessage = 'must be a root such as MNQ, or a symbol as the venue has it';
const contractMessage = 'must be a contract on this root in a traded month';

const terms = fields({
  tickSize: z.exactOptional(amount('above-zero')),
  lotSize: z.exactOptional(amount('above-zero')),
  multiplier: z.exactOptional(amount('above-zero')),
  contract: z.exactOptional(z.string(contractMessage)),
  rollDaysBeforeExpiry: z.exactOptional(integer(0, ROLL_DAYS_MAX)),
});

/** What an account says of instruments. What would never be looked up, or could not be followed, is refused. */
export const instruments = z.exactOptional(
  z.record(z.string(), terms, instrumentsMessage).check(
    z.refine((settings) => Object.keys(settings).length <= INSTRUMENTS_MAX, instrumentsMessage),
    z.check<InstrumentSettings>(({ value, issues }) => {
      for (const [name, configured] of Object.entries(value)) {
        for (const [message, ...path] of problemsOf(name, configured)) {
          issues.push({ code: 'custom', input: name, path: [name, ...path], message });
        }
      }
    }),
  ),
);

/** What is wrong, and which of the terms it is about: none when it is the name. */
type Problem = readonly [message: string, ...path: (keyof InstrumentTerms)[]];

function problemsOf(name: string, { contract, rollDaysBeforeExpiry }: InstrumentTerms): Problem[] {
  const problems: Problem[] = [];
  if (!isName(name)) {
    problems.push([nameMessage]);
  }
  if (contract !== undefined && !isContractOn(name, contract)) {
    problems.push([contractMessage, 'contract']);
  }
  if (rollDaysBeforeExpiry !== undefined && (contract !== undefined || !FUTURES_ROOTS.has(name))) {
    problems.push(['goes with a root that is known here, and without a contract', 'rollDaysBeforeExpiry']);
  }
  return problems;
}

/** Whether settings are looked up by this name: by `MNQZ6`, not by what else it is called. */
function isName(name: string): boolean {
  const parsed = parseForm(name);
  if (!symbol.safeParse(name).success || parsed.symbol !== name || name.endsWith('!')) {
    return false;
  }
  return (
    parsed.kind !== 'contract' ||
    !FUTURES_ROOTS.get(parsed.contract.root) ||
    contractSymbol(parsed.contract) === name
  );
}

function isContractOn(root: string, contract: string): boolean {
  const parsed = parseForm(contract);
  return (
    parsed.kind === 'contract' &&
    parsed.contract.root === root &&
    FUTURES_ROOTS.get(root)?.months.includes(parsed.contract.monthCode) !== false
  );
}

/** The year that a digit stands for is of no interest here. */
function parseForm(text: string) {
  return parseSymbol(text, 0);
}
