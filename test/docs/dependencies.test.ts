import { expect, it } from 'vitest';
import { readDocument, tableRows } from './documents.ts';

type Group = 'dependencies' | 'devDependencies' | 'optionalDependencies';

const HEADINGS: readonly (readonly [Group, string])[] = [
  ['dependencies', 'Runtime'],
  ['devDependencies', 'Development'],
  ['optionalDependencies', 'Optional'],
];

const manifest = JSON.parse(readDocument('package.json').text) as Record<Group, Record<string, string>>;
const sections = readDocument('docs/dependencies.md').text.split(/^## /m);

/** The packages of a section's table and their licences. */
function listed(heading: string): readonly { name: string; licence: string }[] {
  const section = sections.find((text) => text.startsWith(heading)) ?? '';
  return tableRows(section)
    .slice(1)
    .map((cells) => ({ name: (cells[0] ?? '').replaceAll('`', ''), licence: cells.at(-1) ?? '' }));
}

it.each(HEADINGS)('docs/dependencies.md lists the %s of package.json, and no others', (group, heading) => {
  expect(listed(heading).map(({ name }) => name)).toEqual(Object.keys(manifest[group]));
});

it.each(HEADINGS)('every version of the %s is exact', (group) => {
  expect(Object.values(manifest[group]).filter((version) => !/^\d+\.\d+\.\d+$/.test(version))).toEqual([]);
});

const installed = HEADINGS.filter(([group]) => group !== 'optionalDependencies').flatMap(([, heading]) =>
  listed(heading),
);

it.each(installed)('the licence of $name is the one it says itself', ({ name, licence }) => {
  const { license } = JSON.parse(readDocument(`node_modules/${name}/package.json`).text) as {
    license: string;
  };
  expect(licence).toBe(license);
});
