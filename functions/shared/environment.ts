/**
 * The environment contract between the infrastructure and the functions.
 *
 * `lib/` sets exactly these variables on each function, and each function reads exactly these: a variable that
 * is named here and not set fails the type check of the stack, not the first webhook.
 */

/** The variables that each function needs, by function. */
export const ENVIRONMENT_CONTRACT = {
  ingest: ['LEDGER_TABLE_NAME', 'IDEMPOTENCY_TABLE_NAME', 'ACCOUNTS_QUEUE_URL', 'SECRET_NAME_PREFIX'],
  strategy: ['LEDGER_TABLE_NAME', 'ACCOUNTS_QUEUE_URL'],
  reconcile: ['LEDGER_TABLE_NAME', 'ACCOUNTS_QUEUE_URL'],
  admin: ['LEDGER_TABLE_NAME', 'SECRET_NAME_PREFIX', 'ACCOUNTS_QUEUE_URL', 'DEAD_LETTER_QUEUE_URL'],
  authorizer: ['LEDGER_TABLE_NAME'],
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
