import type { AdminHandle, Route } from './route.ts';

/** What acts at a venue. */
const COMMANDS = [
  'POST /accounts/{id}/prices',
  'POST /accounts/{id}/fills',
  'POST /accounts/{id}/flatten',
  'POST /accounts/{id}/reconcile',
  'POST /reconcile',
  'POST /executions/{id}/resolve',
  'PATCH /trades/{id}',
  'POST /trades/{id}/close',
  'POST /trades/{id}/adjust',
] as const;

type Handlers = Readonly<Record<(typeof COMMANDS)[number], AdminHandle>>;

/** Commands that operators give. Their handlers, and the engine with them, are loaded with the first one. */
export const COMMAND_ROUTES: readonly Route[] = COMMANDS.map((command) => {
  const [method, path] = command.split(' ') as [Route['method'], string];
  const handle: AdminHandle = async (context, request) => {
    const handlers: Handlers = (await import('./command-handlers.ts')).COMMAND_HANDLERS;
    return handlers[command](context, request);
  };
  return { method, path, access: 'operator', scope: 'operate', handle };
});
