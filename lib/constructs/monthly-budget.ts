import { CfnBudget } from 'aws-cdk-lib/aws-budgets';
import { Construct } from 'constructs';
import { onAwsOnly } from './on-aws.ts';

/** Properties of a {@link MonthlyBudget}. */
export interface MonthlyBudgetProps {
  /** What may be spent in a month, in US dollars. */
  readonly limitUsd: number;
  /** Who is told. */
  readonly email: string;
}

/** At which part of the budget somebody is told, and whether that much is spent or will be if it goes on like this. */
const NOTICES = [
  { notificationType: 'ACTUAL', thresholdPercent: 80 },
  { notificationType: 'ACTUAL', thresholdPercent: 100 },
  { notificationType: 'FORECASTED', thresholdPercent: 100 },
] as const;

/** Tells somebody before what Onefill costs in a month, in all its stages in this account, exceeds what it may. */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, { limitUsd, email }: MonthlyBudgetProps) {
    super(scope, id);
    const budget = new CfnBudget(this, 'Budget', {
      budget: {
        budgetType: 'COST',
        timeUnit: 'MONTHLY',
        budgetLimit: { amount: limitUsd, unit: 'USD' },
        costFilters: { TagKeyValue: ['user:application$onefill'] },
      },
      notificationsWithSubscribers: NOTICES.map(({ notificationType, thresholdPercent }) => ({
        notification: {
          notificationType,
          comparisonOperator: 'GREATER_THAN',
          threshold: thresholdPercent,
          thresholdType: 'PERCENTAGE',
        },
        subscribers: [{ subscriptionType: 'EMAIL', address: email }],
      })),
    });
    onAwsOnly(budget);
  }
}
