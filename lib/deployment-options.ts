import * as z from 'zod/mini';
import { LOG_LEVELS } from './stage.ts';

/** What `cdk -c name=value` may say beside the stage. */
const DeploymentOptions = z.object({
  /** From which level on functions log. @default the stage's */
  logLevel: z.optional(z.enum(LOG_LEVELS)),
  /** What the whole may cost in a month, in US dollars. @default no budget */
  monthlyBudgetUsd: z.optional(
    z.pipe(
      z.coerce.string().check(
        z.regex(/^\d{1,9}(\.\d{1,2})?$/),
        z.refine((text) => Number(text) > 0),
      ),
      z.transform(Number),
    ),
  ),
  /** Who is told of a budget. */
  budgetEmail: z.optional(z.email()),
  /** Whether alarms take a deployment back, and keep one from beginning. @default true */
  rollbackOnAlarms: z._default(
    z.pipe(
      z.coerce.string().check(z.regex(/^(true|false)$/)),
      z.transform((text) => text === 'true'),
    ),
    true,
  ),
});

/** How to deploy a stage this time. */
export type DeploymentOptions = z.infer<typeof DeploymentOptions>;

const ALLOWED: Readonly<Record<keyof DeploymentOptions, string>> = {
  logLevel: LOG_LEVELS.join(', '),
  monthlyBudgetUsd: 'an amount such as 25 or 12.50',
  budgetEmail: 'an e-mail address, with monthlyBudgetUsd and not without',
  rollbackOnAlarms: 'true, false',
};

/**
 * Reads the options of a deployment.
 *
 * @param given the value of an option, by its name
 * @throws Error that names the option and what is allowed
 */
export function readDeploymentOptions(given: (name: string) => unknown): DeploymentOptions {
  const names = Object.keys(ALLOWED) as (keyof DeploymentOptions)[];
  const values = Object.fromEntries(names.map((name) => [name, given(name) ?? undefined]));
  const result = z.safeParse(DeploymentOptions, values);
  if (!result.success) {
    const wrong = names.find((name) => name === result.error.issues[0]?.path[0]) ?? 'budgetEmail';
    throw refused(wrong, values[wrong]);
  }
  if ((result.data.monthlyBudgetUsd === undefined) !== (result.data.budgetEmail === undefined)) {
    throw refused('budgetEmail', values.budgetEmail);
  }
  return result.data;
}

function refused(option: keyof DeploymentOptions, value: unknown): Error {
  return new Error(`The option -c ${option}=${value ?? ''} is not allowed: give ${ALLOWED[option]}.`);
}
