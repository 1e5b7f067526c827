// Adds up the JSON reports that vitest left in a folder: names each test that failed, with the beginning of what it
// said, since whoever reads a long log reads its end; the last line says how it went.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const SAID = 700;

const [folder] = process.argv.slice(2);
const reports = readdirSync(folder).map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')));
const sum = (count) => reports.reduce((total, report) => total + report[count], 0);
const skipped = sum('numPendingTests') + sum('numTodoTests');

/** The tests that failed, and the files that failed before a test of theirs began. */
function failuresOf({ testResults }) {
  return testResults.flatMap(({ name, message, assertionResults }) => {
    const failed = assertionResults.filter(({ status }) => status === 'failed');
    const tests = failed.map(({ fullName, failureMessages }) => [
      `${name}: ${fullName}`,
      failureMessages.join('\n'),
    ]);
    return tests.length === 0 && message ? [[name, message]] : tests;
  });
}

for (const [name, said] of reports.flatMap(failuresOf)) {
  process.stdout.write(`\nFAILED ${name}\n${said.slice(0, SAID)}\n`);
}
process.stdout.write(`${sum('numPassedTests')} passed, ${sum('numFailedTests')} failed`);
process.stdout.write(skipped > 0 ? `, ${skipped} skipped\n` : '\n');
