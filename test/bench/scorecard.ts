import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Row, tableOf, verdictOf } from './rows.ts';
import { circuitRows } from './sections/circuits.ts';
import { bundleRows, coldStartRows } from './sections/cold-start.ts';
import { costRows } from './sections/cost.ts';
import { countRows, countSignal } from './sections/counts.ts';
import { cpuRows } from './sections/cpu.ts';
import { directRows } from './sections/direct.ts';
import { durableRows } from './sections/durable.ts';
import { growthRows, scanRows } from './sections/growth.ts';
import { lockRows } from './sections/locks.ts';
import { scalingRows } from './sections/scaling.ts';

/**
 * Prints the scorecard: every figure of docs/performance.md, with its target and a verdict.
 *
 *     npm run bench                     a table
 *     npm run bench -- --json card.json the same, for machines
 *     npm run bench:gate                what is the same on every machine, and fails when a target is missed
 */
const SECTIONS: readonly {
  readonly name: string;
  /** Whether its figures are the same on every machine, and soon had: what the gate looks at. */
  readonly isGated: boolean;
  readonly rows: () => Promise<Row[]>;
}[] = [
  { name: 'calls and units', isGated: true, rows: async () => countRows(await countSignal()) },
  { name: 'cost', isGated: true, rows: costRows },
  { name: 'bundles', isGated: true, rows: bundleRows },
  { name: 'scans', isGated: true, rows: scanRows },
  { name: 'locks', isGated: true, rows: lockRows },
  { name: 'circuits', isGated: true, rows: circuitRows },
  { name: 'engines for workflows', isGated: true, rows: durableRows },
  // Before others fill the heap: the collector's threads count.
  { name: 'own CPU', isGated: false, rows: cpuRows },
  { name: 'cold start', isGated: false, rows: coldStartRows },
  { name: 'direct against full safety', isGated: false, rows: directRows },
  { name: 'scaling', isGated: false, rows: scalingRows },
  { name: 'growth', isGated: false, rows: growthRows },
];

const { values } = parseArgs({ options: { json: { type: 'string' }, gate: { type: 'boolean' } } });
const rows: Row[] = [];
for (const section of SECTIONS.filter(({ isGated }) => isGated || !values.gate)) {
  const made = await section.rows();
  rows.push(...made);
  process.stdout.write(`\n${section.name}\n\n${tableOf(made)}\n`);
}
if (values.json !== undefined) {
  const judged = rows.map((row) => ({ ...row, verdict: verdictOf(row) }));
  writeFileSync(values.json, `${JSON.stringify(judged, undefined, 2)}\n`);
}
const missed = rows.filter((row) => verdictOf(row) === 'MISSED');
process.stdout.write(`\n${missed.length} of ${rows.filter(({ target }) => target).length} targets missed\n`);
process.exitCode = values.gate && missed.length > 0 ? 1 : 0;
