import { UsageError } from './errors.ts';

/** Reads a whole number in a range. @throws UsageError that names the option */
export function wholeNumber(text: string, name: string, min: number, max: number): number {
  const value = /^\d{1,12}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value >= min && value <= max)) {
    throw new UsageError(`${name} must be a whole number from ${min} to ${max}.`);
  }
  return value;
}

/** Reads a number above 0. @throws UsageError that names the option */
export function positiveNumber(text: string, name: string, max: number): number {
  const value = /^\d{0,9}\.?\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value > 0 && value <= max)) {
    throw new UsageError(`${name} must be a number above 0, at most ${max}.`);
  }
  return value;
}
