import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ALERT_TYPES } from '../../functions/core/alert.ts';

const TESTS = new URL('..', import.meta.url).pathname;
const DOCUMENT = readFileSync(new URL('../../docs/alerts.md', import.meta.url), 'utf8');

/** Tests that drive the engine, ingest or the reconciler into trouble and look at the alerts that they raise. */
const DRIVING = [
  'alerts/raised.test.ts',
  ...testsIn('engine'),
  ...testsIn('simulation'),
  ...testsIn('reconcile'),
];
const driving = DRIVING.map((path) => readFileSync(join(TESTS, path), 'utf8'))
  .filter((text) => text.includes('alerts'))
  .join('\n');

function testsIn(folder: string): string[] {
  return readdirSync(join(TESTS, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name));
}

describe.each(ALERT_TYPES)('%s', (type) => {
  const anchor = type.toLowerCase().replaceAll('_', '-');

  it('is raised by a test', () => {
    expect(driving).toContain(`'${type}'`);
  });

  it('has a row and a heading with what to check and what to do', () => {
    expect(DOCUMENT).toContain(`| [${type}](#${anchor}) |`);
    const section = DOCUMENT.split(`\n### ${anchor}\n`)[1]?.split('\n### ')[0] ?? '';
    expect(section).toContain('- **Check**: ');
    expect(section).toContain('- **Do**: ');
  });
});
