import { optionalDecimal, optionalNumber } from '../../shared/shapes.ts';

export const riskLimits = {
  maxPosition: optionalDecimal,
  maxOrdersPerDay: optionalNumber,
  maxDailyLoss: optionalDecimal,
};
