import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { ENVIRONMENT_CONTRACT, type FunctionName } from '../../functions/shared/environment.ts';
import { createApp } from '../../lib/app.ts';
import { type Bundle, bundle, bundleFunction, bundleOf } from '../../lib/constructs/bundle.ts';
import { contract } from '../support/contract.ts';
import { httpEvent } from '../support/http-event.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const BUDGET_BYTES = 450 * 1024;
const NAMES = Object.keys(ENVIRONMENT_CONTRACT) as FunctionName[];

describe('the bundle', () => {
  let directory: string;
  let entryPoint: string;
  let bundles: Readonly<Record<FunctionName, Bundle>>;
  beforeAll(() => {
    bundles = Object.fromEntries(NAMES.map((name) => [name, bundleOf(name)])) as typeof bundles;
    directory = temporaryDirectory();
    entryPoint = join(directory, 'handler.ts');
  });
  afterAll(() => {
    vi.unstubAllEnvs();
  });

  async function load(name: FunctionName): Promise<{ handler: (...given: unknown[]) => Promise<unknown> }> {
    for (const variable of ['AWS_REGION', ...ENVIRONMENT_CONTRACT[name]]) {
      vi.stubEnv(variable, 'us-east-1');
    }
    const folder = join(directory, name);
    mkdirSync(folder, { recursive: true });
    for (const [file, content] of [['index.mjs', bundles[name].code] as const, ...bundles[name].companions]) {
      writeFileSync(join(folder, file), content);
    }
    return import(/* @vite-ignore */ join(folder, 'index.mjs'));
  }

  it.each(NAMES)('of %s is within its budget of 450 KB', (name) => {
    expect(bundles[name].sizeBytes).toBeLessThanOrEqual(BUDGET_BYTES);
  });

  it('of the admin function has the contract beside it, and no other has anything but modules', () => {
    const files = NAMES.flatMap((name) =>
      [...bundles[name].companions.keys()]
        .filter((file) => !file.endsWith('.mjs'))
        .map((file) => `${name} ${file}`),
    );
    expect(files).toEqual(['admin openapi-compressed.json']);
  });

  it('has the adapters of venues beside it, each in a module that is loaded when it is needed', () => {
    const adapters = /^(alpaca|tradovate|ccxt)-broker-/;
    for (const name of ['strategy', 'reconcile', 'admin'] as const) {
      const beside = [...bundles[name].companions.keys()].flatMap((file) => adapters.exec(file)?.[1] ?? []);
      expect(beside.toSorted()).toEqual(['alpaca', 'ccxt', 'tradovate']);
      const all = [...bundles[name].companions.values()].reduce((sum, file) => sum + file.byteLength, 0);
      expect(bundles[name].sizeBytes).toBeLessThan(bundles[name].code.byteLength + all);
    }
  });

  it('answers with the contract that lies beside it', async () => {
    const { handler } = await load('admin');
    const event = httpEvent({ method: 'GET', path: '/api/v1/openapi.json' });
    const answered = (await handler(event, {})) as { statusCode: number; body: string };
    expect(answered.statusCode).toBe(200);
    expect(JSON.parse(answered.body)).toEqual(contract);
  });

  it('of the ingest function is the same every time', () => {
    expect(bundleFunction('ingest').hash).toBe(bundles.ingest.hash);
  });

  it.each(NAMES)(
    'of %s loads as a module and exports its handler, without a node_modules beside it',
    async (name) => {
      expect((await load(name)).handler).toBeTypeOf('function');
    },
  );

  it('is named anew when a companion changes', () => {
    writeFileSync(entryPoint, 'export const handler = () => 1;');
    const hashWith = (text: string) =>
      bundle('changing', entryPoint, new Map([['a', Buffer.from(text)]])).hash;
    expect(hashWith('1')).toBe(hashWith('1'));
    expect(new Set([hashWith('1'), hashWith('2'), bundle('changing', entryPoint).hash]).size).toBe(3);
  });

  it('is named anew when the source changes, so that none is stale', () => {
    writeFileSync(entryPoint, 'export const handler = () => 1;');
    const before = bundle('changing', entryPoint);
    writeFileSync(entryPoint, 'export const handler = () => 2;');
    expect(bundle('changing', entryPoint).hash).not.toBe(before.hash);
  });

  it("fails with esbuild's words and the place when the source is wrong", () => {
    writeFileSync(entryPoint, 'export const handler = (;');
    expect(() => bundle('broken', entryPoint)).toThrow(
      /The bundle of broken failed: .*\n.*handler\.ts:1:24: ERROR: Unexpected ";"/,
    );
  });

  it('fails when an import cannot be found', () => {
    writeFileSync(entryPoint, "import './absent.ts';");
    expect(() => bundle('lost', entryPoint)).toThrow('Could not resolve "./absent.ts"');
  });

  it('fails on what esbuild only warns of', () => {
    writeFileSync(entryPoint, 'export const handler = () => ({ side: 1, side: 2 });');
    expect(() => bundle('doubtful', entryPoint)).toThrow(/The bundle of doubtful has warnings:[\s\S]*"side"/);
  });

  it('is what the asset of each function holds', () => {
    const app = createApp({ stage: 'local', templateValidation: false, outdir: temporaryDirectory() });
    const assembly = app.synth();
    const { template } = assembly.getStackByName('onefill');
    for (const name of NAMES) {
      const asset = join(assembly.directory, assetOf(template, `onefill-${name}`));
      const { code, companions } = bundles[name];
      for (const [file, content] of [['index.mjs', code] as const, ...companions]) {
        expect(readFileSync(join(asset, file)).equals(content), file).toBe(true);
      }
    }
  });
});

/** Where the CDK put a function's code, by what the template says. */
function assetOf(template: { Resources: Record<string, unknown> }, functionName: string): string {
  const resources = Object.values(template.Resources) as {
    readonly Properties?: { readonly FunctionName?: string };
    readonly Metadata?: Readonly<Record<string, string>>;
  }[];
  const found = resources.find(({ Properties }) => Properties?.FunctionName === functionName);
  return found?.Metadata?.['aws:asset:path'] ?? 'absent';
}
