import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import { createCcxtBroker } from '../../../functions/brokers/ccxt/ccxt-broker.ts';
import { createCredentialsStore } from '../../../functions/brokers/credentials.ts';
import type { CcxtAccount } from '../../../functions/core/configuration.ts';
import { bundle } from '../../../lib/constructs/bundle.ts';

const at = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'onefill-ccxt-'));
afterAll(() => rmSync(folder, { recursive: true }));

const keys = JSON.stringify({ apiKey: 'key-1', secret: 'c2VjcmV0' });

/** Where an account's first request goes. */
async function hostOf(account: Pick<CcxtAccount, 'exchange' | 'environment'>): Promise<string | undefined> {
  const hosts: string[] = [];
  const broker = createCcxtBroker(
    { ...account, credentials: 'main', symbols: { BTC: 'BTC/USD' } },
    {
      fetch: async (input) => {
        hosts.push(new URL(String(input)).host);
        return new Response('{}', { status: 503 });
      },
      credentials: createCredentialsStore('test/', async () => keys, Date),
      endpoints: {},
      clock: Date,
    },
    10_000,
  );
  await broker.positions();
  return hosts[0];
}

it.each([
  [{ exchange: 'binance', environment: 'live' }, 'api.binance.com'],
  [{ exchange: 'binance', environment: 'demo' }, 'testnet.binance.vision'],
  [{ exchange: 'kraken', environment: 'live' }, 'api.kraken.com'],
  [{ exchange: 'coinbase', environment: 'live' }, 'api.coinbase.com'],
] as const)('%o is at %s', async (account, host) => {
  expect(await hostOf(account)).toBe(host);
});

/** What a process says that has a bundle and no packages but those in a folder, as Lambda has those of a layer. */
function inBundle(nodePath: string): string {
  const file = join(folder, 'index.mjs');
  writeFileSync(file, bundle('load-exchange', at('functions/brokers/ccxt/load-exchange.ts')).code);
  const script = `
    const { loadExchange } = await import(${JSON.stringify(file)});
    const address = { exchange: 'kraken', environment: 'live' };
    const said = await loadExchange(address, Date).then(() => 'loaded', (error) => error.code);
    process.stdout.write(said);`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
    cwd: folder,
    env: { NODE_PATH: nodePath },
    encoding: 'utf8',
  });
}

it('a bundle has no ccxt in it, finds that of a layer, and says when there is none', () => {
  expect(inBundle('')).toBe('CCXT_MISSING');
  expect(inBundle(at('node_modules'))).toBe('loaded');
  const { files } = bundle('load-exchange', at('functions/brokers/ccxt/load-exchange.ts'));
  expect(files.filter((path) => path.includes('node_modules/ccxt'))).toEqual([]);
});
