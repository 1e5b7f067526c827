/**
 * Proves that every condition on a write counts: removes each one that functions/ sends, and each of its clauses, in
 * turn, runs the tests that send it, and demands that one of them fails.
 *
 *     node test/mutation/conditions.ts            all
 *     node test/mutation/conditions.ts settle     those whose verb or text has `settle` in it
 *
 * Exits 1 when a removal survives that is not known to change nothing, when a condition is never sent, or when a test
 * fails with every condition in place.
 */
import { availableParallelism } from 'node:os';
import { performance } from 'node:perf_hooks';
import { isEquivalent, staleEquivalents } from './condition-equivalents.ts';
import { type Removal, removalsOf } from './condition-removal.ts';
import { type Kill, record, startRunner } from './condition-runs.ts';
import { neverSent } from './condition-source.ts';

const WORKERS = availableParallelism();

type Candidate = Removal & { readonly paths: readonly string[] };

const startedAtMs = performance.now();
const wanted = process.argv[2] ?? '';
const { sent, failed } = await record(WORKERS);
const unsent = neverSent(sent.map(({ site }) => site));
const candidates = sent
  .flatMap(({ paths, ...condition }) => removalsOf(condition).map((removal) => ({ ...removal, paths })))
  .filter((removal) => textOf(removal).includes(wanted))
  .toSorted((left, right) => left.site.localeCompare(right.site));
const survivors = await survivorsOf(candidates);
const missed = survivors.filter((removal) => !isEquivalent(removal));
const stale = wanted === '' ? staleEquivalents(survivors) : [];

const problems = [
  ...failed.map((test) => `FAILS WITH EVERY CONDITION IN PLACE  ${test}`),
  ...unsent.map((site) => `NEVER SENT  ${site}`),
  ...stale.map((row) => `NOT EQUIVALENT  ${row}`),
  ...missed.map((removal) => `SURVIVED  ${textOf(removal)}`),
];
say(...problems);
say(
  `${candidates.length} removals from ${sent.length} conditions of ${new Set(sent.map(({ site }) => site)).size} verbs: ` +
    `${candidates.length - survivors.length} killed, ${survivors.length - missed.length} equivalent, ` +
    `${missed.length} survived, in ${Math.round((performance.now() - startedAtMs) / 1_000)} s.`,
);
process.exitCode = problems.length > 0 ? 1 : 0;

/** Those that no test notices. Says of each what became of it, as soon as it is known. */
async function survivorsOf(all: readonly Candidate[]): Promise<Removal[]> {
  const left = [...all];
  const survived: Removal[] = [];
  const work = async () => {
    const runner = await startRunner();
    for (let next = left.shift(); next; next = left.shift()) {
      const { paths, ...removal } = next;
      const kill = await runner.run(removal, paths);
      say(...verdict(removal, kill));
      if (!kill) {
        survived.push(removal);
      }
    }
    await runner.close();
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return survived;
}

function verdict(removal: Removal, kill: Kill | undefined): string[] {
  const word = kill ? 'killed    ' : isEquivalent(removal) ? 'equivalent' : 'SURVIVED  ';
  return [
    `${word}  ${textOf(removal)}`,
    ...(kill ? [kill.test, kill.message].map((line) => `              ${line}`) : []),
  ];
}

function textOf({ site, condition, clause }: Removal): string {
  return clause === undefined ? `${site}: ${condition}` : `${site}: ${clause}  of  ${condition}`;
}

function say(...lines: readonly string[]): void {
  process.stdout.write(lines.map((line) => `${line}\n`).join(''));
}
