import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import * as z from 'zod/mini';
import { placeOf } from '../core/activity.ts';
import { number, text } from '../shared/shapes.ts';

/** One change of an item of the ledger, as its stream tells it. */
export interface LedgerChange {
  readonly sequenceNumber: string;
  /** Milliseconds since the epoch, as exact as the stream tells: to the second. */
  readonly atMs: number;
  /** See {@link placeOf}. */
  readonly place: string;
  readonly pk: string;
  readonly sk: string;
  /** The item before; absent when it is new. */
  readonly before?: Item | undefined;
  /** The item after; absent when it was deleted. */
  readonly after?: Item | undefined;
}

/** An item as it is stored. */
export type Item = Readonly<Record<string, unknown>>;

const MILLISECONDS = 1_000;

/** Attributes by name, each in DynamoDB's own words; what they say is for the shapes of items. */
const image = z.custom<Readonly<Record<string, AttributeValue>>>(
  (attributes) => typeof attributes === 'object' && attributes !== null,
);

const recordShape = z.object({
  dynamodb: z.object({
    ApproximateCreationDateTime: number,
    SequenceNumber: text.check(z.regex(/^\d{1,40}$/)),
    Keys: image,
    OldImage: z.optional(image),
    NewImage: z.optional(image),
  }),
});

const keyShape = z.object({ pk: text, sk: text });

/** Reads a record of the ledger's stream. @throws ZodError when it is none: without its number it has no place */
export function readStreamRecord(record: unknown): LedgerChange {
  const { ApproximateCreationDateTime, SequenceNumber, Keys, OldImage, NewImage } = z.parse(
    recordShape,
    record,
  ).dynamodb;
  const atMs = Math.floor(ApproximateCreationDateTime) * MILLISECONDS;
  return {
    sequenceNumber: SequenceNumber,
    atMs,
    place: placeOf(atMs, SequenceNumber),
    ...z.parse(keyShape, itemOf(Keys)),
    before: OldImage && itemOf(OldImage),
    after: NewImage && itemOf(NewImage),
  };
}

function itemOf(attributes: z.output<typeof image>): Item {
  return unmarshall(attributes);
}
