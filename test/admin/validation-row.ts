/** A body that is refused, the field that is named, and a part of what is said about it. */
export interface Row {
  readonly body: unknown;
  readonly field: string;
  readonly says: string;
  /** JSON Schema cannot express the rule, so docs/openapi.yaml says it in words. */
  readonly inWords?: true;
}

/** What a strategy needs at least, and this. */
export const strategy = (part: object) => ({ webhookId: 'demo', accounts: [], ...part });

/** What an account needs at least, and this. */
export const account = (part: object) => ({ broker: 'paper', ...part });
