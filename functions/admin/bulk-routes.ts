import type { AdminHandle, Route } from './route.ts';

/** Rarely asked for, and so loaded when it is. */
const exportAll: AdminHandle = async (context, request) =>
  (await import('./export-configuration.ts')).exportConfiguration(context, request);

const importAll: AdminHandle = async (context, request) =>
  (await import('./import-configuration.ts')).importConfiguration(context, request);

/** `/api/v1/configuration`: everything that is configured, at once. */
export const BULK_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/configuration/export', access: 'viewer', handle: exportAll },
  {
    method: 'POST',
    path: '/configuration/import',
    access: 'operator',
    scope: 'configure',
    handle: importAll,
  },
];
