import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type TradingWindow, WEEKDAYS, type Weekday } from '../../functions/core/configuration.ts';
import { dayIn, isTimeZone, isWithin } from '../../functions/core/trading-window.ts';

const WORKDAYS: readonly Weekday[] = ['mon', 'tue', 'wed', 'thu', 'fri'];

/** Written as `09:30-16:00 mon tue`. */
function windowOf(text: string, timeZone: string): TradingWindow {
  const [times = '', ...days] = text.split(' ');
  const [from = '', to = ''] = times.split('-');
  return { days: days.length === 0 ? WORKDAYS : (days as Weekday[]), from, to, timeZone };
}

const open = (window: TradingWindow, time: string): boolean => isWithin(window, Date.parse(time));

describe('a trading window', () => {
  // 2026-11-20 is a Friday, 2026-11-22 a Sunday.
  it.each([
    ['2026-11-20T14:29:59.999Z', false],
    ['2026-11-20T14:30:00.000Z', true],
    ['2026-11-20T20:59:59.999Z', true],
    ['2026-11-20T21:00:00.000Z', false],
    ['2026-11-21T15:00:00.000Z', false],
    ['2026-11-22T15:00:00.000Z', false],
    ['2026-11-23T15:00:00.000Z', true],
  ])('of New York’s hours, on workdays, is at %s open: %s', (time, expected) => {
    expect(open(windowOf('09:30-16:00', 'America/New_York'), time)).toBe(expected);
  });

  it.each([
    ['2026-11-19T21:59:59.999Z', false],
    ['2026-11-20T22:00:00.000Z', true],
    ['2026-11-21T00:00:00.000Z', true],
    ['2026-11-21T01:59:59.999Z', true],
    ['2026-11-21T02:00:00.000Z', false],
    ['2026-11-21T22:00:00.000Z', false],
    // The morning of its day belongs to the evening before.
    ['2026-11-20T01:00:00.000Z', false],
    ['2026-11-20T12:00:00.000Z', false],
  ])('over midnight opens on its days and closes on the mornings after: at %s %s', (time, expected) => {
    expect(open(windowOf('22:00-02:00 fri', 'UTC'), time)).toBe(expected);
  });

  it('over the midnight from Sunday to Monday is that of Sunday', () => {
    const sunday = windowOf('18:00-17:00 sun', 'UTC');
    expect(open(sunday, '2026-11-22T17:59:00Z')).toBe(false);
    expect(open(sunday, '2026-11-22T18:00:00Z')).toBe(true);
    expect(open(sunday, '2026-11-23T16:59:00Z')).toBe(true);
    expect(open(sunday, '2026-11-23T17:00:00Z')).toBe(false);
    expect(open(windowOf('18:00-17:00 mon', 'UTC'), '2026-11-23T16:59:00Z')).toBe(false);
  });

  it('that ends when it begins is open for a whole day', () => {
    const day = windowOf('18:00-18:00 fri', 'UTC');
    expect(open(day, '2026-11-20T17:59:00Z')).toBe(false);
    expect(open(day, '2026-11-20T18:00:00Z')).toBe(true);
    expect(open(day, '2026-11-21T17:59:00Z')).toBe(true);
    expect(open(day, '2026-11-21T18:00:00Z')).toBe(false);
    expect(open(windowOf('00:00-00:00 fri', 'UTC'), '2026-11-20T23:59:59.999Z')).toBe(true);
    expect(open(windowOf('00:00-00:00 fri', 'UTC'), '2026-11-21T00:00:00Z')).toBe(false);
  });

  it('has the days of its own time zone', () => {
    // Friday evening in Chicago is Saturday in Tokyo.
    expect(open(windowOf('00:00-00:00 fri', 'America/Chicago'), '2026-11-21T02:00:00Z')).toBe(true);
    expect(open(windowOf('00:00-00:00 fri', 'Asia/Tokyo'), '2026-11-21T02:00:00Z')).toBe(false);
    expect(open(windowOf('00:00-00:00 sat', 'Asia/Tokyo'), '2026-11-21T02:00:00Z')).toBe(true);
  });

  it('has minutes of zones that are no whole hours away', () => {
    const nepal = windowOf('09:45-09:46 fri', 'Asia/Kathmandu');
    expect(open(nepal, '2026-11-20T03:59:59.999Z')).toBe(false);
    expect(open(nepal, '2026-11-20T04:00:00Z')).toBe(true);
    expect(open(nepal, '2026-11-20T04:01:00Z')).toBe(false);
  });
});

describe('a trading window where the clock is put forward (New York, 2026-03-08, 02:00 becomes 03:00)', () => {
  it.each([
    // The day before and the day itself have other distances to UTC.
    ['09:30-16:00 sat sun', '2026-03-07T14:30:00Z', true],
    ['09:30-16:00 sat sun', '2026-03-08T13:29:59Z', false],
    ['09:30-16:00 sat sun', '2026-03-08T13:30:00Z', true],
    ['09:30-16:00 sat sun', '2026-03-08T20:00:00Z', false],
    // 02:30 is never shown: 01:59:59 is followed by 03:00.
    ['02:30-04:00 sun', '2026-03-08T06:59:59Z', false],
    ['02:30-04:00 sun', '2026-03-08T07:00:00Z', true],
    ['01:00-02:30 sun', '2026-03-08T06:59:59Z', true],
    ['01:00-02:30 sun', '2026-03-08T07:00:00Z', false],
    ['02:00-03:00 sun', '2026-03-08T07:00:00Z', false],
    // Over midnight, an hour shorter.
    ['22:00-04:00 sat', '2026-03-08T07:59:59Z', true],
    ['22:00-04:00 sat', '2026-03-08T08:00:00Z', false],
  ])('%s at %s is open: %s', (window, time, expected) => {
    expect(open(windowOf(window, 'America/New_York'), time)).toBe(expected);
  });
});

describe('a trading window where the clock is put back (New York, 2026-11-01, 02:00 becomes 01:00)', () => {
  it.each([
    ['09:30-16:00 sun', '2026-11-01T14:29:59Z', false],
    ['09:30-16:00 sun', '2026-11-01T14:30:00Z', true],
    // 01:15 is shown twice, in summer time and in winter time; so is 01:45.
    ['01:00-01:30 sun', '2026-11-01T05:15:00Z', true],
    ['01:00-01:30 sun', '2026-11-01T05:45:00Z', false],
    ['01:00-01:30 sun', '2026-11-01T06:15:00Z', true],
    ['01:00-01:30 sun', '2026-11-01T06:45:00Z', false],
    // Over midnight, an hour longer.
    ['22:00-02:00 sat', '2026-11-01T06:59:59Z', true],
    ['22:00-02:00 sat', '2026-11-01T07:00:00Z', false],
  ])('%s at %s is open: %s', (window, time, expected) => {
    expect(open(windowOf(window, 'America/New_York'), time)).toBe(expected);
  });
});

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** The same thing said in another way: whether one of the openings of the past days has not closed yet. */
function isInAnOpening(window: TradingWindow, localMs: number): boolean {
  const sinceMidnight = (time: string): number => {
    const [hours, minutes] = time.split(':').map(Number);
    return ((hours ?? 0) * 60 + (minutes ?? 0)) * MINUTE_MS;
  };
  const midnight = localMs - (((localMs % DAY_MS) + DAY_MS) % DAY_MS);
  return [midnight, midnight - DAY_MS].some((day) => {
    const name = new Date(day)
      .toLocaleDateString('en-GB', { weekday: 'short', timeZone: 'UTC' })
      .toLowerCase();
    const from = day + sinceMidnight(window.from);
    const length = sinceMidnight(window.to) - sinceMidnight(window.from);
    const to = from + (length > 0 ? length : length + DAY_MS);
    return window.days.includes(name as Weekday) && from <= localMs && localMs < to;
  });
}

const minuteOfDay = fc
  .integer({ min: 0, max: 1_439 })
  .map(
    (minute) => `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`,
  );

it('a window of any days and times is open exactly from its openings to its closings', () => {
  // Zones that never change their clocks. Their names have the sign of what is to be added to get UTC.
  const zones = fc.integer({ min: -12, max: 14 }).map((offsetHours) => ({
    offsetHours,
    timeZone: `Etc/GMT${offsetHours > 0 ? '-' : '+'}${Math.abs(offsetHours)}`,
  }));
  // Around the edges of minutes, and far around in time.
  const moment = fc
    .tuple(fc.integer({ min: 0, max: 60_000_000 }), fc.constantFrom(0, 1, 59_999))
    .map(([minute, ms]) => minute * MINUTE_MS + ms);
  fc.assert(
    fc.property(
      fc.subarray([...WEEKDAYS], { minLength: 1 }),
      minuteOfDay,
      minuteOfDay,
      zones,
      moment,
      (days, from, to, { timeZone, offsetHours }, epochMs) => {
        const window: TradingWindow = { days, from, to, timeZone };
        expect(isWithin(window, epochMs)).toBe(isInAnOpening(window, epochMs + offsetHours * 60 * MINUTE_MS));
      },
    ),
    { numRuns: 2_000 },
  );
});

describe('the day in a time zone', () => {
  it.each([
    ['UTC', '2026-11-22T00:00:00.000Z', '2026-11-22'],
    ['UTC', '2026-11-21T23:59:59.999Z', '2026-11-21'],
    ['Etc/UTC', '2026-11-21T23:59:59.999Z', '2026-11-21'],
    ['America/New_York', '2026-11-22T04:59:59.999Z', '2026-11-21'],
    ['America/New_York', '2026-11-22T05:00:00.000Z', '2026-11-22'],
    ['America/New_York', '2026-07-01T03:59:59.999Z', '2026-06-30'],
    ['America/New_York', '2026-07-01T04:00:00.000Z', '2026-07-01'],
    ['Asia/Tokyo', '2026-12-31T15:00:00.000Z', '2027-01-01'],
    ['Pacific/Kiritimati', '2026-12-31T10:00:00.000Z', '2027-01-01'],
    ['Asia/Kathmandu', '2028-02-28T18:15:00.000Z', '2028-02-29'],
  ])('%s at %s is %s', (timeZone, time, day) => {
    expect(dayIn(timeZone, Date.parse(time))).toBe(day);
  });

  it('is the same by its two ways to find it', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
        expect(dayIn('Etc/UTC', date.getTime())).toBe(dayIn('UTC', date.getTime()));
      }),
    );
  });
});

describe('a time zone', () => {
  it.each([
    'UTC',
    'Etc/UTC',
    'GMT',
    'Etc/GMT+5',
    'America/New_York',
    'america/new_york',
    'America/Argentina/ComodRivadavia',
    'Asia/Kathmandu',
  ])('may be %s', (name) => {
    expect(isTimeZone(name)).toBe(true);
  });

  it.each([
    '',
    ' UTC',
    'UTC ',
    'UTC\n',
    '+05:00',
    'GMT+5',
    'New York',
    'America/Nowhere',
    'America/New_York ',
    'Zürich',
    '../../etc/passwd',
    'A'.repeat(65),
    'constructor',
  ])('cannot be %j', (name) => {
    expect(isTimeZone(name)).toBe(false);
  });

  it('written in more ways than are remembered means the same in each', () => {
    const letters = [...'america/new_york'];
    const window = windowOf('09:30-16:00', 'America/New_York');
    for (let written = 0; written < 300; written += 1) {
      const timeZone = letters
        .map((letter, index) => ((written >> index) & 1 ? letter.toUpperCase() : letter))
        .join('');
      expect(isTimeZone(timeZone)).toBe(true);
      expect(open({ ...window, timeZone }, '2026-11-20T14:30:00Z')).toBe(true);
      expect(open({ ...window, timeZone }, '2026-11-20T14:29:00Z')).toBe(false);
    }
  });
});
