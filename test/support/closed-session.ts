import { WEEKDAYS } from '../../functions/core/configuration.ts';

const DAYS_AHEAD = 3;

/** Hours of a market that is closed now, whenever that is: one minute of a week, three days from today. */
export function closedSession() {
  // JavaScript's week begins on Sunday.
  const day = WEEKDAYS[(new Date().getUTCDay() + WEEKDAYS.length - 1 + DAYS_AHEAD) % WEEKDAYS.length];
  return { days: [day], from: '12:00', to: '12:01', timeZone: 'UTC' };
}
