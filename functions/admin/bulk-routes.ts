import { exportConfiguration } from './export-configuration.ts';
import { importConfiguration } from './import-configuration.ts';
import type { Route } from './route.ts';

/** `/api/v1/configuration`: everything that is configured, at once. */
export const BULK_ROUTES: readonly Route[] = [
  { method: 'GET', path: '/configuration/export', access: 'viewer', handle: exportConfiguration },
  {
    method: 'POST',
    path: '/configuration/import',
    access: 'operator',
    scope: 'configure',
    handle: importConfiguration,
  },
];
