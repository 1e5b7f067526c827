import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Position, type Source, walk } from '../../functions/admin/walk.ts';

/** An item of a list, with so many entries. */
interface Item {
  readonly id: string;
  readonly scope: string;
  readonly entries: number;
  readonly isBeside: boolean;
  /** Whether its source finds out, after a read, that it is none of those that can be wanted. */
  readonly isPassedOver: boolean;
}

const arbitraryItem = fc.record({
  id: fc.integer({ min: 10, max: 60 }).map(String),
  scope: fc.constantFrom('a', 'b', 'c'),
  entries: fc.nat(3),
  isBeside: fc.boolean(),
  isPassedOver: fc.boolean(),
});
const arbitraryItems = fc.uniqueArray(arbitraryItem, {
  selector: ({ id, scope }) => `${id} ${scope}`,
  maxLength: 40,
});

/** A part of the items of a scope, read `size` at a time; what is beside may be in the pages, too. */
function sourceOf(items: readonly Item[], scope: string, range: Source<Item>['range'], size: number) {
  const own = items.filter((item) => item.scope === scope);
  const source: Source<Item> = {
    scope,
    range,
    beside: async () => own.filter(({ isBeside }) => isBeside).toReversed(),
    async page({ from, to, order }) {
      const all = own.filter(({ id }) => id >= from && id <= to).toSorted(byId);
      const rest = order === 'oldest-first' ? all : all.toReversed();
      const page = rest.slice(0, size);
      return {
        items: page.filter(({ isPassedOver }) => !isPassedOver),
        end: page.at(-1)?.id,
        hasMore: rest.length > size,
      };
    },
  };
  return source;
}

const byId = (one: Item, other: Item) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);

test('a walk has every entry once, in one order, however little is read at once and whatever is added', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        before: arbitraryItems,
        later: arbitraryItems,
        order: fc.constantFrom('oldest-first' as const, 'newest-first' as const),
        split: fc.integer({ min: 9, max: 61 }).map((id) => `${id}~`),
        size: fc.integer({ min: 2, max: 5 }),
        limit: fc.integer({ min: 1, max: 9 }),
        passedOver: fc.constantFrom('half', 'nearly all'),
        furtherReadsMax: fc.nat(4),
      }),
      async ({ before: given, later, order, split, size, limit, passedOver, furtherReadsMax }) => {
        const isLeft = ({ id }: Item) => passedOver === 'half' || Number(id) % 9 === 0;
        const before = given.map((item) =>
          isLeft(item) ? item : { ...item, isPassedOver: true, isBeside: false },
        );
        const items = [...before];
        const added = later.filter((one) => !before.some((each) => byId(each, one) === 0));
        const seen: string[] = [];
        let after: Position | undefined;
        let pages = 0;
        do {
          const ranges = [
            { from: ' ', to: split },
            { from: split, to: '~' },
          ];
          const stages = (order === 'oldest-first' ? ranges : ranges.toReversed()).map((range) =>
            ['c', 'a', 'b'].map((scope) => sourceOf(items, scope, range, size)),
          );
          const page = await walk(stages, {
            ...{ order, after, limit, furtherReadsMax },
            idOf: ({ id }) => id,
            entriesOf: ({ id, scope, entries }) =>
              Array.from({ length: entries }, (_, index) =>
                index === 1 ? undefined : `${id} ${scope} ${index}`,
              ),
          });
          expect(page.found.length).toBeLessThanOrEqual(limit);
          seen.push(...page.found.map(({ entry }) => entry));
          after = page.next;
          items.push(...added.splice(0, 1));
          pages += 1;
          // However little is found, each page gets further.
          expect(pages).toBeLessThan(300);
        } while (after);
        expect(seen).toEqual(order === 'oldest-first' ? seen.toSorted() : seen.toSorted().reverse());
        const expected = before
          .filter(({ isBeside, isPassedOver }) => isBeside || !isPassedOver)
          .flatMap(({ id, scope, entries }) =>
            [0, 2].slice(0, entries > 2 ? 2 : Math.min(entries, 1)).map((index) => `${id} ${scope} ${index}`),
          );
        expect(new Set(seen).size).toBe(seen.length);
        expect(seen).toEqual(expect.arrayContaining(expected));
      },
    ),
    { numRuns: 300 },
  );
});
