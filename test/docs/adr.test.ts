import { expect, it } from 'vitest';
import { filesEndingIn, readDocument } from './documents.ts';

const records = filesEndingIn(/^\d{4}-.*\.md$/, 'docs/adr').map(({ path, text }) => ({
  path,
  text,
  fileName: path.split('/').at(-1) ?? '',
}));

it('every decision has a number of its own, without gaps', () => {
  const numbers = records.map(({ fileName }) => Number(fileName.slice(0, 4)));
  expect(numbers.toSorted((left, right) => left - right)).toEqual(records.map((_, index) => index + 1));
});

it('the index links every decision, in order, and nothing else', () => {
  const linked = [...readDocument('docs/adr/README.md').text.matchAll(/\]\((\d{4}-[^)]+)\)/g)];
  expect(linked.map(([, target]) => target)).toEqual(records.map(({ fileName }) => fileName).toSorted());
});

it.each(records)('$fileName begins with its number and has every part', ({ fileName, text }) => {
  expect(text.startsWith(`# ${fileName.slice(0, 4)} `)).toBe(true);
  expect(text).toMatch(/^Status: (?:accepted|replaced by \[\d{4}\]\(.+\))$/m);
  expect([...text.matchAll(/^## (.+)$/gm)].map(([, heading]) => heading)).toEqual([
    'Context',
    'Decision',
    'Consequences',
    'Alternatives',
  ]);
});
