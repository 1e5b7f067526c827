// Adds up the JSON reports that vitest left in a folder, and prints the one line that says how it went.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (count) => reports.reduce((total, report) => total + report[count], 0);
const skipped = sum('numPendingTests') + sum('numTodoTests');

process.stdout.write(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed`);
process.stdout.write(skipped > 0 ? `, ${skipped} skipped\n` : '\n');
