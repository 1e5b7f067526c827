import { createHash, randomUUID } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * The runtime of the environments as JavaScript: made of runtime.ts once, and kept by its content.
 *
 * @param cacheDirectory where files that can be made again are kept
 */
export async function runtimeFile(cacheDirectory: string): Promise<string> {
  const source = readFileSync(fileURLToPath(new URL('./runtime.ts', import.meta.url)), 'utf8');
  const hash = createHash('sha256').update(source).digest('hex').slice(0, 16);
  const file = join(cacheDirectory, `runtime-${hash}.mjs`);
  if (!existsSync(file)) {
    const { transformSync } = await import('esbuild');
    const { code } = transformSync(source, { loader: 'ts', format: 'esm', target: 'node24' });
    mkdirSync(cacheDirectory, { recursive: true });
    // Renamed into place, so that a second start never runs half a file.
    const draft = `${file}.${randomUUID()}`;
    writeFileSync(draft, code);
    renameSync(draft, file);
  }
  return file;
}
