import { describe, expect, it } from 'vitest';
import { eventFilter } from '../../lib/local/event-filter.ts';

const EVENT = {
  eventName: 'INSERT',
  dynamodb: { Keys: { pk: { S: 'ACCOUNT#1' } }, SizeBytes: 7 },
  tags: ['a', 'b'],
};

describe('a filter', () => {
  it.each([
    [{}, true],
    [{ eventName: ['INSERT', 'MODIFY'] }, true],
    [{ eventName: ['REMOVE'] }, false],
    [{ dynamodb: { Keys: { pk: { S: [{ prefix: 'ACCOUNT#' }] } } } }, true],
    [{ dynamodb: { Keys: { pk: { S: [{ suffix: '#2' }] } } } }, false],
    [{ dynamodb: { SizeBytes: [7] }, eventName: ['REMOVE'] }, false],
    [{ userIdentity: { type: [{ exists: false }] } }, true],
    [{ userIdentity: { type: [{ exists: true }] } }, false],
    [{ eventName: [{ 'anything-but': ['REMOVE'] }] }, true],
    [{ eventName: [{ 'anything-but': 'INSERT' }] }, false],
    [{ absent: [{ 'anything-but': 'INSERT' }] }, false],
    [{ $or: [{ eventName: ['REMOVE'] }, { dynamodb: { SizeBytes: [7] } }] }, true],
    [{ tags: ['b'] }, true],
  ])('%j lets the event through: %s', (pattern, isLetThrough) => {
    expect(eventFilter(pattern)(EVENT)).toBe(isLetThrough);
  });

  it.each([
    [{ eventName: [{ numeric: ['>', 1] }] }, 'the operator {"numeric":[">",1]}'],
    [{ eventName: [{ prefix: { 'equals-ignore-case': 'a' } }] }, 'the operator'],
    [{ eventName: 'INSERT' }, '"INSERT" where a pattern is needed'],
    [{ $or: [] }, '$or needs a list of patterns'],
  ])('%j is refused by name', (pattern, message) => {
    expect(() => eventFilter(pattern)).toThrow(message);
  });
});
