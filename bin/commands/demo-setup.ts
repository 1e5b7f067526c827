import type { AdminClient } from '../cli/admin-client.ts';
import { RefusedError } from '../cli/errors.ts';

/** What a new local cloud can trade with at once. The webhook's limit is high, so that trying things out is easy. */
const DEMO: readonly (readonly [path: string, body: unknown])[] = [
  ['/webhooks/demo', { name: 'Demo', secret: 'demo-secret', rateLimit: { limit: 100, windowSeconds: 1 } }],
  ['/accounts/paper-1', { name: 'Paper account 1', broker: 'paper' }],
  ['/accounts/paper-2', { name: 'Paper account 2', broker: 'paper' }],
  [
    '/strategies/demo',
    {
      name: 'Demo',
      webhookId: 'demo',
      accounts: [{ accountId: 'paper-1' }, { accountId: 'paper-2' }],
    },
  ],
];

/**
 * Configures the demo where it is missing, and leaves alone what somebody has changed since. One call at a time: in
 * parallel they would start further environments of the admin function, for nothing.
 */
export async function installDemo(admin: AdminClient): Promise<void> {
  for (const [path, body] of DEMO) {
    if (!(await exists(admin, path))) {
      await admin.put(path, body);
    }
  }
}

async function exists(admin: AdminClient, path: string): Promise<boolean> {
  try {
    await admin.get(path);
    return true;
  } catch (error) {
    if (error instanceof RefusedError && error.status === 404) {
      return false;
    }
    throw error;
  }
}
