import * as z from 'zod/mini';
import type { InstrumentSettings, InstrumentTerms } from '../core/configuration.ts';
import { FUTURES_ROOTS } from '../core/futures.ts';
import { contractSymbol, parseSymbol } from '../core/futures-symbol.ts';
import { amount, fields, integer, symbol } from './fields.ts';

const INSTRUMENTS_MAX = 50;
const ROLL_DAYS_MAX = 90;
const instrumentsMessage =
  `must be an object of at most ${INSTRUMENTS_MAX} instruments by futures root or symbol, ` +
  'such as {"MNQ":{"rollDaysBeforeExpiry":8}}';
const nameMessage =
  'must be a futures root such as MNQ, or a symbol as the venue has it, such as AAPL, BTC/USD or MNQZ6';
const contractMessage = 'must be a contract on this root in a month that is traded, such as MNQZ6 on MNQ';

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
        for (const [field, message] of problemsOf(name, configured)) {
          issues.push({
            code: 'custom',
            input: name,
            path: field === undefined ? [name] : [name, field],
            message,
          });
        }
      }
    }),
  ),
);

type Problem = readonly [field: keyof InstrumentTerms | undefined, message: string];

function problemsOf(
  name: string,
  { contract, multiplier, rollDaysBeforeExpiry }: InstrumentTerms,
): Problem[] {
  const problems: Problem[] = [];
  if (!isName(name)) {
    problems.push([undefined, nameMessage]);
  }
  if (contract !== undefined && !isContractOn(name, contract)) {
    problems.push(['contract', contractMessage]);
  }
  if (contract !== undefined && multiplier === undefined && !FUTURES_ROOTS.get(name)) {
    problems.push(['multiplier', 'is required with a contract on a root that is not known here']);
  }
  if (rollDaysBeforeExpiry !== undefined && !FUTURES_ROOTS.get(name)) {
    problems.push(['rollDaysBeforeExpiry', 'goes with a futures root that is known here only, such as MNQ']);
  }
  if (rollDaysBeforeExpiry !== undefined && contract !== undefined) {
    problems.push(['rollDaysBeforeExpiry', 'must be left out with a contract, which does not roll']);
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
