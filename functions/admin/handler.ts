import { createDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { httpHandler } from '../shared/http-handler.ts';
import { createSecretsClient } from '../shared/secrets-store.ts';
import { createLogger } from '../shared/telemetry.ts';
import { createAdminApi } from './api.ts';

const environment = readEnvironment('admin', process.env);
const logger = createLogger();

/** The admin API behind `/api/v1`. */
export const handler = httpHandler(
  logger,
  createAdminApi(
    {
      ledger: { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME },
      secrets: createSecretsClient(),
      secretNamePrefix: environment.SECRET_NAME_PREFIX,
      clock: Date,
    },
    logger,
  ),
);
