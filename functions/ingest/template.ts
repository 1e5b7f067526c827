import type { Template } from '../core/configuration.ts';
import type { ErrorDetail, Refusal } from '../shared/http.ts';
import { Budget } from '../shared/jmespath/budget.ts';
import { type Evaluated, evaluate } from '../shared/jmespath/evaluate.ts';
import { parseExpression } from '../shared/jmespath/parse.ts';
import type { Payload } from './dialects/fields.ts';
import { invalidSignal, type Read } from './read-payload.ts';

/** For all expressions of a template together: some tens of milliseconds. An alert takes tens of steps. */
const STEPS_MAX = 100_000;

/**
 * Makes a payload in Onefill's own words of whatever JSON was sent. What an expression finds keeps its numbers exact; a field
 * for which it finds nothing is null, which counts as absent.
 */
export function applyTemplate(template: Template, sent: unknown): Read<Payload> {
  const budget = new Budget(STEPS_MAX);
  const payload = new Map<string, unknown>();
  const problems: ErrorDetail[] = [];
  for (const [field, expression] of Object.entries(template)) {
    const found = findIn(sent, expression, budget);
    if (found.ok) {
      payload.set(field, found.value);
    } else {
      problems.push({ field, message: `cannot be mapped: ${found.message}` });
    }
  }
  return problems.length === 0
    ? { ok: true, value: Object.fromEntries(payload) }
    : { ok: false, refusal: invalidSignal(problems) };
}

/** Says of each problem which expression the field came from: senders do not know Onefill's names for what they sent. */
export function withOrigins(refusal: Refusal, template: Template): Refusal {
  const { details = [] } = refusal;
  const expressions = new Map(Object.entries(template));
  return {
    ...refusal,
    details: details.map((detail) => {
      const [name = ''] = detail.field.split('.');
      const expression = expressions.get(name);
      return expression === undefined
        ? detail
        : { ...detail, message: `${detail.message} (template: ${expression})` };
    }),
  };
}

function findIn(sent: unknown, text: string, budget: Budget): Evaluated {
  const parsed = parseExpression(text);
  return parsed.ok
    ? evaluate(parsed.expression, sent, budget)
    : { ok: false, message: 'this version knows no such expression' };
}
