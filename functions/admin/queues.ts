import { answer } from '../shared/http.ts';
import { readQueueState } from '../shared/queue-state.ts';
import type { AdminContext, Route } from './route.ts';

/** `/api/v1/monitoring/queues`: what waits, what is being worked on, and what was given up on. */
export const QUEUE_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/monitoring/queues', access: 'viewer', handle: listQueues },
];

async function listQueues({ accountsQueue, deadLetterQueue, failureQueues }: AdminContext) {
  const queues = [
    ['accounts', accountsQueue],
    ['deadLetters', deadLetterQueue],
    ['activityFailures', failureQueues.activity],
    ['alertFailures', failureQueues.alerts],
  ] as const;
  const items = queues.map(async ([name, queue]) => ({ name, ...(await readQueueState(queue)) }));
  return answer(200, { items: await Promise.all(items) });
}
