import type {
  APIGatewayRequestAuthorizerEventV2,
  APIGatewaySimpleAuthorizerWithContextResult,
  Context,
} from 'aws-lambda';
import { findTokenHolder } from '../ledger/tokens.ts';
import { createDocumentClient } from '../shared/clients.ts';
import { readEnvironment } from '../shared/environment.ts';
import { beginInvocation, createLogger } from '../shared/telemetry.ts';
import { type AuthorizerContext, createAuthorizer } from './authorize.ts';

const environment = readEnvironment('authorizer', process.env);
const logger = createLogger();
const ledger = { client: createDocumentClient(), tableName: environment.LEDGER_TABLE_NAME };
const authorize = createAuthorizer({
  findTokenHolder: (token) => findTokenHolder(ledger, token),
  clock: Date,
});

/**
 * Tells the admin function who asks. It lets everybody pass, with a role: the admin function answers 401 and 403 in
 * the API's own words. When the store cannot be asked it fails, and API Gateway answers 500: nobody gets in.
 */
export async function handler(
  event: APIGatewayRequestAuthorizerEventV2,
  context: Context,
): Promise<APIGatewaySimpleAuthorizerWithContextResult<AuthorizerContext>> {
  beginInvocation(logger, context);
  try {
    return { isAuthorized: true, context: await authorize(event.headers?.authorization) };
  } catch (error) {
    logger.error('The token could not be looked up.', error as Error);
    throw error;
  }
}
