import type { StrategyId, WebhookId } from './ids.ts';

/** What stands for webhook and strategy where an operator acts instead. */
export const OPERATOR = { webhookId: 'operator' as WebhookId, strategyId: 'operator' as StrategyId };
