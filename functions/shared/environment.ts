/**
 * The environment contract between the infrastructure and the functions.
 *
 * `lib/` sets exactly these variables on each function, and each function reads exactly these: a variable that
 * is named here and not set fails the type check of the stack, not the first webhook.
 */

/** The variables that each function needs, by function. */
export const ENVIRONMENT_CONTRACT = {
  ingest: ['LEDGER_TABLE_NAME', 'IDEMPOTENCY_TABLE_NAME', 'ACCOUNTS_QUEUE_URL', 'SECRET_NAME_PREFIX'],
  strategy: ['LEDGER_TABLE_NAME', 'ACCOUNTS_QUEUE_URL', 'SECRET_NAME_PREFIX'],
  reconcile: ['LEDGER_TABLE_NAME', 'ACCOUNTS_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL', 'SECRET_NAME_PREFIX'],
  admin: [
    'LEDGER_TABLE_NAME',
    'OPERATIONS_TABLE_NAME',
    'IDEMPOTENCY_TABLE_NAME',
    'SECRET_NAME_PREFIX',
    'ACCOUNTS_QUEUE_URL',
    'DEAD_LETTER_QUEUE_URL',
    'ACTIVITY_FAILURES_QUEUE_URL',
    'ALERT_FAILURES_QUEUE_URL',
  ],
  authorizer: ['LEDGER_TABLE_NAME'],
  activity: ['OPERATIONS_TABLE_NAME'],
  alerts: ['OPERATIONS_TABLE_NAME', 'ALERTS_TOPIC_ARN'],
  canary: ['LEDGER_TABLE_NAME', 'API_URL'],
} as const;

/** One of Onefill's functions. */
export type FunctionName = keyof typeof ENVIRONMENT_CONTRACT;

/** The environment of one function: each variable of its contract, as text. */
export type FunctionEnvironment<Name extends FunctionName> = Readonly<
  Record<(typeof ENVIRONMENT_CONTRACT)[Name][number], string>
>;

/**
 * Reads the variables of one function.
 *
 * @param name the function whose contract applies
 * @param source where the variables are, `process.env` at the system's edge
 * @throws Error naming every variable that is missing or empty: the function must not start half configured
 */
export function readEnvironment<Name extends FunctionName>(
  name: Name,
  source: Readonly<Record<string, string | undefined>>,
): FunctionEnvironment<Name> {
  const contract: readonly string[] = ENVIRONMENT_CONTRACT[name];
  const missing = contract.filter((variable) => !source[variable]);
  if (missing.length > 0) {
    throw new Error(`The ${name} function needs the environment variables ${missing.join(', ')}.`);
  }
  return Object.fromEntries(
    contract.map((variable) => [variable, source[variable]]),
  ) as FunctionEnvironment<Name>;
}

/** Where fakes of venues are, by the broker of the accounts that trade there. */
export type VenueEndpoints = Readonly<Partial<Record<string, string>>>;

/** Beside the contract, because no stage sets it: the local cloud does, when it is told to. A JSON object. */
export const VENUE_ENDPOINTS_VARIABLE = 'ONEFILL_VENUE_ENDPOINTS';

/**
 * Reads where venues are, if not at their own addresses.
 *
 * @throws Error when one is not on this machine: credentials must not be sent to whoever could set a variable
 */
export function readVenueEndpoints(source: Readonly<Record<string, string | undefined>>): VenueEndpoints {
  const endpoints: VenueEndpoints = JSON.parse(source[VENUE_ENDPOINTS_VARIABLE] ?? '{}');
  for (const [broker, endpoint] of Object.entries(endpoints)) {
    if (!/^http:\/\/127\.0\.0\.1:\d{1,5}$/.test(String(endpoint))) {
      throw new Error(`${VENUE_ENDPOINTS_VARIABLE} names ${broker} at a place that is not on this machine.`);
    }
  }
  return endpoints;
}
