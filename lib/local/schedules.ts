import * as z from 'zod/mini';
import { LocalCloudError } from './errors.ts';
import type { EventSourceBackend } from './event-sources.ts';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import { type Every, Schedule, type ScheduleSettings } from './schedule.ts';
import type { Stack, StackResource } from './stack.ts';

/** Schedules that run. */
export interface RunningSchedules {
  stop(graceMs: number): Promise<void>;
}

const RuleProperties = z.object({
  ScheduleExpression: z.string(),
  State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
  Targets: z._default(
    z.array(
      z.object({
        Arn: z.string(),
        // The event that every run gets: EventBridge's own, with the time in it, is not made here.
        Input: z.string(),
        InputPath: z.optional(z.never()),
        InputTransformer: z.optional(z.never()),
        DeadLetterConfig: z.optional(z.never()),
      }),
    ),
    [],
  ),
  // A rule may have both, and would then run for events as well.
  EventPattern: z.optional(z.never()),
});

const RATE = /^rate\((\d+) (minute|hour|day)s?\)$/;

const UNIT_MS: Readonly<Record<string, number>> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

/**
 * Starts the stack's schedules: rules of EventBridge at a rate, whose targets are functions.
 *
 * @param every how time passes
 * @throws LocalCloudError naming a rule that is none
 */
export function startSchedules(
  stack: Stack,
  functions: readonly FunctionDefinition[],
  backend: EventSourceBackend,
  every: Every,
): RunningSchedules {
  const settings = stack.resources('AWS::Events::Rule').flatMap((rule) => readRule(stack, rule, functions));
  const schedules = settings.map(
    ({ definition, settings }) => new Schedule(settings, backend.targetOf(definition), every),
  );
  return {
    stop: async (graceMs) => {
      await Promise.all(schedules.map((schedule) => schedule.stop(graceMs)));
    },
  };
}

function readRule(
  stack: Stack,
  resource: StackResource,
  functions: readonly FunctionDefinition[],
): { readonly definition: FunctionDefinition; readonly settings: ScheduleSettings }[] {
  const { ScheduleExpression, State, Targets } = stack.properties(resource, RuleProperties);
  const periodMs = periodOf(ScheduleExpression);
  if (periodMs === undefined) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${resource.logicalId}, an ${resource.type}: its schedule ` +
        `${ScheduleExpression} is not a rate.`,
    );
  }
  const targets = Targets.map(({ Arn, Input }) => {
    const definition = functionOfArn(functions, Arn);
    const concurrencyMax = definition.environmentsMax ?? Number.POSITIVE_INFINITY;
    return { definition, settings: { periodMs, payload: Input, concurrencyMax } };
  });
  return State === 'ENABLED' ? targets : [];
}

function periodOf(expression: string): number | undefined {
  const [, count, unit = ''] = RATE.exec(expression) ?? [];
  const periodMs = Number(count) * (UNIT_MS[unit] ?? Number.NaN);
  return periodMs > 0 ? periodMs : undefined;
}
