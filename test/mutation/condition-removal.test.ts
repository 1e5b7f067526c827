import { describe, expect, it, test } from 'vitest';
import {
  applyNothing,
  applyRemoval,
  type ConditionalWrite,
  general,
  removalsOf,
} from './condition-removal.ts';

const ORDERED = 'a = :a AND (attribute_not_exists(#b) OR (c < :c AND d = :a))';

/** A write on a condition, and what is left of it without a clause. */
function without(clause: string | undefined, expression = ORDERED): ConditionalWrite {
  const condition = general(expression);
  return applyRemoval(
    {
      ConditionExpression: expression,
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeNames: { '#b': 'b' },
      ExpressionAttributeValues: { ':a': 1, ':c': 2, ':x': 3 },
    },
    { site: 'verb', condition, ...(clause === undefined ? {} : { clause }) },
  );
}

describe('removing', () => {
  it('takes the condition, and each of its clauses and groups once', () => {
    expect(removalsOf({ site: 'verb', condition: ORDERED }).map(({ clause }) => clause)).toEqual([
      undefined,
      'a = :a',
      '(attribute_not_exists(#b) OR (c < :c AND d = :a))',
      'attribute_not_exists(#b)',
      '(c < :c AND d = :a)',
      'c < :c',
      'd = :a',
    ]);
  });

  it.each([
    ['a = :a', '(attribute_not_exists(#b) OR (c < :c AND d = :a))'],
    ['(attribute_not_exists(#b) OR (c < :c AND d = :a))', 'a = :a'],
    ['attribute_not_exists(#b)', 'a = :a AND (c < :c AND d = :a)'],
    ['(c < :c AND d = :a)', 'a = :a AND (attribute_not_exists(#b))'],
    ['c < :c', 'a = :a AND (attribute_not_exists(#b) OR (d = :a))'],
    [undefined, undefined],
  ])('%s leaves %s', (clause, left) => {
    expect(without(clause).ConditionExpression).toBe(left);
  });

  it('takes the names and values along that nothing else uses', () => {
    expect(without('(attribute_not_exists(#b) OR (c < :c AND d = :a))')).toEqual({
      ConditionExpression: 'a = :a',
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':a': 1, ':x': 3 },
    });
    expect(without(undefined)).toEqual({
      UpdateExpression: 'SET x = :x',
      ExpressionAttributeValues: { ':x': 3 },
    });
  });

  it('takes all clauses that differ in a number only', () => {
    const numbered = 'a = :a AND probe1.c <> :c AND probe2.c <> :c';
    expect(general(numbered)).toBe('a = :a AND probeN.c <> :c');
    expect(without('probeN.c <> :c', numbered).ConditionExpression).toBe('a = :a');
  });
});

test('removing nothing changes what is sent, and not what it means', () => {
  expect(applyNothing({ ConditionExpression: 'a = :a OR b = :b' }).ConditionExpression).toBe(
    '(a = :a OR b = :b) AND attribute_not_exists(neverWritten)',
  );
});
