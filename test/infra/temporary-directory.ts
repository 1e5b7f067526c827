import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';

/** A new empty directory. It goes with the run, not with the test file: files share what was synthesized into it. */
export function temporaryDirectory(): string {
  return mkdtempSync(join(inject('runDirectory'), 'infra-'));
}
