import { answer } from '../shared/http.ts';
import { readQueueState } from '../shared/queue-state.ts';
import type { AdminContext, Route } from './route.ts';

/** `/api/v1/monitoring/queues`: what waits, what is being worked on, and what nobody tries again. */
export const QUEUE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/monitoring/queues', access: 'viewer', handle: listQueues },
];

async function listQueues({ accountsQueue, deadLetterQueue }: AdminContext) {
  const [accounts, deadLetters] = await Promise.all([
    readQueueState(accountsQueue),
    readQueueState(deadLetterQueue),
  ]);
  return answer(200, {
    items: [
      { name: 'accounts', ...accounts },
      { name: 'deadLetters', ...deadLetters },
    ],
  });
}
