import { NumberValue } from '@aws-sdk/lib-dynamodb';

/**
 * What DynamoDB charges for reads and writes, by its documented sizes (DynamoDB developer guide, "Item sizes and
 * formats" and "Read and write operation costs"). `units.test.ts` holds this against an engine.
 */

/** An item as the document client takes and gives it. */
export type Item = Readonly<Record<string, unknown>>;

const WRITE_UNIT_BYTES = 1_024;
const READ_UNIT_BYTES = 4_096;
const COLLECTION_BYTES = 3;
const ELEMENT_BYTES = 1;

/** The size of an item: every attribute's name and value. Absent items have none. */
export function bytesOf(item: Item | undefined): number {
  return Object.entries(item ?? {}).reduce(
    (total, [name, value]) =>
      total + (value === undefined ? 0 : Buffer.byteLength(name) + bytesOfValue(value)),
    0,
  );
}

function bytesOfValue(value: unknown): number {
  if (typeof value === 'string') {
    return Buffer.byteLength(value);
  }
  if (typeof value === 'number' || value instanceof NumberValue) {
    return bytesOfNumber(String(value));
  }
  if (typeof value === 'boolean' || value === null) {
    return 1;
  }
  if (Array.isArray(value)) {
    return value.reduce<number>(
      (total, each) => total + ELEMENT_BYTES + bytesOfValue(each),
      COLLECTION_BYTES,
    );
  }
  if (value instanceof Set) {
    return [...value].reduce<number>((total, each) => total + bytesOfValue(each), 0);
  }
  const entries = Object.entries(value as object).filter(([, each]) => each !== undefined);
  return entries.reduce(
    (total, [name, each]) => total + ELEMENT_BYTES + Buffer.byteLength(name) + bytesOfValue(each),
    COLLECTION_BYTES,
  );
}

/** One byte for two significant digits, and one; a sign is one more. */
function bytesOfNumber(text: string): number {
  const digits = text.replace(/^-/, '').replace('.', '').replace(/^0+/, '').replace(/0+$/, '');
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0);
}

/** Of one write: the larger of the item before and after it, at least one unit; double in a transaction. */
export function writeUnits(before: Item | undefined, after: Item | undefined, isTransaction = false): number {
  const bytes = Math.max(bytesOf(before), bytesOf(after));
  return Math.max(1, Math.ceil(bytes / WRITE_UNIT_BYTES)) * (isTransaction ? 2 : 1);
}

/** Of one item read, or of all items of a query together; an absent item costs as much as a small one. */
export function readUnits(bytes: number, isConsistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / READ_UNIT_BYTES)) * (isConsistent ? 1 : 0.5);
}
