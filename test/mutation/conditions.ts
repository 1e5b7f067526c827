/**
 * Proves that every condition on a write counts: removes each one that functions/ sends, and each of its clauses, in
 * turn, runs the tests that send it, and demands that one of them fails.
 *
 *     node test/mutation/conditions.ts            all
 *     node test/mutation/conditions.ts settle     those whose verb or text has `settle` in it
 *
 * Exits 1 when a removal survives, or when a condition is never sent.
 */
import { performance } from 'node:perf_hooks';
import { type Removal, removalsOf } from './condition-removal.ts';
import { type Recording, type Runner, record, startRunner } from './condition-runs.ts';
import { neverSent } from './condition-source.ts';

const WORKERS = 2;

interface Candidate extends Removal {
  /** The tests that send it, the quickest first. */
  readonly files: readonly string[];
}

interface Judged extends Removal {
  /** The test that failed without it. */
  readonly killedBy: string | undefined;
}

const startedAtMs = performance.now();
const recording = await devRecord();
async function devRecord(): Promise<Recording> {
  const { existsSync, readFileSync, writeFileSync } = await import('node:fs');
  const p = '/tmp/h/recording.json';
  if (existsSync(p)) {
    const r = JSON.parse(readFileSync(p, 'utf8'));
    return {
      sent: r.sent.map((x: any) => ({ ...x, files: new Set(x.files) })),
      durationMsOf: new Map(r.d),
      failed: new Map(r.failed),
    };
  }
  const r = await record(WORKERS);
  writeFileSync(
    p,
    JSON.stringify({
      sent: r.sent.map((x) => ({ ...x, files: [...x.files] })),
      d: [...r.durationMsOf],
      failed: [...r.failed],
    }),
  );
  return r;
}
for (const test of [...recording.failed.values()].flat()) {
  say(`FAILS WITH EVERY CONDITION IN PLACE  ${test}`);
}
const wanted = process.argv[2] ?? '';
const candidates = candidatesOf(recording).filter(({ site, text }) => `${site} ${text}`.includes(wanted));
const judged = await judgeAll(candidates);
const survivors = judged.filter(({ killedBy }) => killedBy === undefined);
const unsent = neverSent(recording.sent.map(({ site }) => site));
for (const site of unsent) {
  say(`NEVER SENT  ${site}`);
}
const seconds = Math.round((performance.now() - startedAtMs) / 1_000);
const sites = new Set(judged.map(({ site }) => site)).size;
say(`${judged.length} removals in ${sites} verbs, ${survivors.length} survived, ${seconds} s.`);
process.exitCode = survivors.length + unsent.length + recording.failed.size > 0 ? 1 : 0;

/** Each removal once, with all files that send what it is removed from. */
function candidatesOf({ sent, durationMsOf, failed }: Recording): Candidate[] {
  const filesOf = new Map<string, { removal: Removal; files: Set<string> }>();
  for (const { site, expression, files } of sent) {
    for (const removal of removalsOf(site, expression)) {
      const known = filesOf.get(JSON.stringify(removal)) ?? { removal, files: new Set() };
      filesOf.set(JSON.stringify(removal), { removal, files: new Set([...known.files, ...files]) });
    }
  }
  const durationMs = (file: string) => durationMsOf.get(file) ?? 0;
  return [...filesOf.values()]
    .map(({ removal, files }) => ({
      ...removal,
      files: [...files]
        .filter((file) => !failed.has(file))
        .sort((left, right) => durationMs(left) - durationMs(right)),
    }))
    .sort((left, right) => left.site.localeCompare(right.site));
}

async function judgeAll(all: readonly Candidate[]): Promise<Judged[]> {
  const left = [...all];
  const judgedSoFar: Judged[] = [];
  const work = async (runner: Runner) => {
    for (let next = left.shift(); next; next = left.shift()) {
      const { files, ...removal } = next;
      const result = { ...removal, killedBy: await runner.run(removal, files) };
      judgedSoFar.push(result);
      show(result);
    }
    await runner.close();
  };
  await Promise.all(Array.from({ length: WORKERS }, async () => work(await startRunner())));
  return judgedSoFar;
}

function show({ site, what, text, killedBy }: Judged): void {
  const verdict = killedBy === undefined ? 'SURVIVED' : 'killed  ';
  say(
    `${verdict}  ${site}  ${what === 'condition' ? 'all of ' : ''}${text}`,
    ...(killedBy ? [`            ${killedBy}`] : []),
  );
}

function say(...lines: readonly string[]): void {
  process.stdout.write(`${lines.join('\n')}\n`);
}
