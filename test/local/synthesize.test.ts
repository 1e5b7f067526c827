import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { synthesize } from '../../lib/local/synthesize.ts';
import { temporaryDirectory } from './support.ts';

/** An app that writes what the CDK would, and counts how often it ran. */
const APP = `
  import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
  const context = JSON.parse(process.env.CDK_CONTEXT_JSON);
  if (context.stage === 'broken') throw new Error('the stage broken is unknown');
  appendFileSync('runs', 'x');
  mkdirSync(process.env.CDK_OUTDIR, { recursive: true });
  writeFileSync(process.env.CDK_OUTDIR + '/manifest.json', process.env.CDK_CONTEXT_JSON);
  writeFileSync(process.env.CDK_OUTDIR + '/variables.json', JSON.stringify(Object.keys(process.env)));
`;

function project() {
  const directory = temporaryDirectory();
  for (const folder of ['bin', 'lib/local', 'functions/ingest']) {
    mkdirSync(join(directory, folder), { recursive: true });
  }
  writeFileSync(join(directory, 'bin/app.mjs'), APP);
  writeFileSync(join(directory, 'cdk.json'), '{"app": "node bin/app.mjs", "context": {"own": true}}');
  writeFileSync(join(directory, 'runs'), '');
  const cacheDirectory = join(directory, 'cache');
  const run = (stage = 'local') =>
    synthesize({
      projectDirectory: directory,
      cacheDirectory,
      context: { stage },
      environment: {
        PATH: process.env.PATH,
        HOME: '/home/me',
        AWS_PROFILE: 'mine',
        CDK_DEFAULT_ACCOUNT: '1',
      },
      signal: undefined,
    });
  const write = (file: string, text: string) => writeFileSync(join(directory, file), text);
  const runs = () => readFileSync(join(directory, 'runs'), 'utf8').length;
  return { cacheDirectory, run, runs, write };
}

/** The assemblies, finished or not. */
function assembliesIn(cacheDirectory: string): readonly string[] {
  return readdirSync(cacheDirectory).filter((name) => /^(assembly|draft)-/.test(name));
}

describe('synthesis', () => {
  it('runs the app of cdk.json with its context and the given one', async () => {
    const { run } = project();

    const { directory, isCached } = await run();

    expect(isCached).toBe(false);
    expect(JSON.parse(readFileSync(join(directory, 'manifest.json'), 'utf8'))).toEqual({
      own: true,
      stage: 'local',
    });
  });

  it('gives the app none of the developer’s variables that could change the result', async () => {
    const { directory } = await project().run();

    const variables: string[] = JSON.parse(readFileSync(join(directory, 'variables.json'), 'utf8'));
    expect(variables).toEqual(expect.arrayContaining(['PATH', 'HOME']));
    expect(variables.filter((name) => /AWS|ACCOUNT/.test(name))).toEqual([]);
  });

  it('runs again only when something that it reads has changed', async () => {
    const { run, runs, write } = project();
    const first = await run();

    expect(await run()).toEqual({ directory: first.directory, isCached: true });
    write('lib/local/gateway.ts', '// the local cloud itself');
    expect(await run()).toEqual({ directory: first.directory, isCached: true });
    expect(runs()).toBe(1);

    write('functions/ingest/handler.ts', '// changed');
    expect((await run()).isCached).toBe(false);
    write('package-lock.json', '{}');
    expect((await run()).isCached).toBe(false);
    expect((await run('other')).isCached).toBe(false);
    expect(runs()).toBe(4);
  });

  it('keeps the last few assemblies', async () => {
    const { cacheDirectory, run } = project();

    for (let index = 0; index < 7; index += 1) {
      await run(`stage-${index}`);
    }

    expect(assembliesIn(cacheDirectory)).toHaveLength(5);
    expect((await run('stage-6')).isCached).toBe(true);
  });

  it('fails with the app’s own words, and leaves nothing behind', async () => {
    const { cacheDirectory, run } = project();

    await expect(run('broken')).rejects.toThrow(
      'The CDK app could not be synthesized: Error: the stage broken is unknown',
    );
    expect(assembliesIn(cacheDirectory)).toEqual([]);
  });
});
