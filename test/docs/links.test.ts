import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { codeSpans, filesEndingIn, MARKDOWN, PROJECT_DIRECTORY, prose, readDocument } from './documents.ts';

/** A path of this project as documents name it; those with placeholders stand for many. */
const PROJECT_PATH = /^(?:bin|lib|functions|test|docs)\/[\w./-]*$/;

const NPM_SCRIPT = /\bnpm (?:run ([\w:-]+)|(start|test)\b)/g;

/** Where people keep things, and where packages come from: both differ between machines. */
const MACHINE_PATH = /(?<![\w.:/-])(?:\/(?:work|home|root|tmp|Users|mnt|opt|srv)\/|[A-Z]:\\)/;
const REGISTRY = /registry\.(?:npmjs|yarnpkg)|artifactory|jfrog|verdaccio|codeartifact|npm\.pkg\.github/i;

const links = MARKDOWN.flatMap(({ path, text }) =>
  [...prose(text).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => ({ path, target }))
    .filter(({ target }) => !/^(?:https?|mailto):/.test(target)),
);

/** The anchor that a heading gets where documents are read. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

function anchorsIn(path: string): readonly string[] {
  return [...prose(readDocument(path).text).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    anchorOf(heading),
  );
}

describe('the documents', () => {
  it.each(links)('$path links to $target, which exists', ({ path, target }) => {
    const [file = '', anchor] = target.split('#');
    const linked = file === '' ? path : join(dirname(path), file);
    expect(existsSync(join(PROJECT_DIRECTORY, linked))).toBe(true);
    if (anchor !== undefined) {
      expect(anchorsIn(linked)).toContain(anchor);
    }
  });

  it.each(MARKDOWN)('$path names files and folders that exist', ({ text }) => {
    const named = codeSpans(text).filter((code) => PROJECT_PATH.test(code));
    expect(named.filter((path) => !existsSync(join(PROJECT_DIRECTORY, path)))).toEqual([]);
  });

  it.each(MARKDOWN)('$path names npm scripts that exist', ({ text }) => {
    const { scripts } = JSON.parse(readDocument('package.json').text) as {
      scripts: Record<string, string>;
    };
    const named = [...text.matchAll(NPM_SCRIPT)].map(([, run, own]) => run ?? own ?? '');
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  it.each([...MARKDOWN, ...filesEndingIn(/\.ya?ml$/)])(
    '$path holds for every machine: no folder of one, no package registry',
    ({ text }) => {
      expect(MACHINE_PATH.exec(text)?.[0]).toBeUndefined();
      expect(REGISTRY.exec(text)?.[0]).toBeUndefined();
    },
  );
});
