import { expect, it } from 'vitest';
import { filesEndingIn, readDocument } from './documents.ts';

const LINES_MAX = 320;

it.each(['bin', 'lib', 'functions'])('no source in %s is longer than 320 lines', (folder) => {
  const long = filesEndingIn(/\.ts$/, folder)
    .map(({ path, text }) => ({ path, lines: text.trimEnd().split('\n').length }))
    .filter(({ lines }) => lines > LINES_MAX);
  expect(long).toEqual([]);
});

it('the licence is that of package.json, with nothing filled in', () => {
  const { license } = JSON.parse(readDocument('package.json').text) as { license: string };
  expect(license).toBe('Apache-2.0');
  const { text } = readDocument('LICENSE');
  expect(text).toContain('Version 2.0, January 2004');
  expect([...text.matchAll(/Copyright \[.*/g)].map(([line]) => line)).toEqual([
    'Copyright [yyyy] [name of copyright owner]',
  ]);
});
