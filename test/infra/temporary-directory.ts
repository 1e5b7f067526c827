import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new empty directory, which is removed when the process ends: test files share what was synthesized into it. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'onefill-infra-'));
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}
