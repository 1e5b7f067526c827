import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';

export const PROJECT_DIRECTORY = resolve(import.meta.dirname, '../..');

/** What is made, installed or kept by runs, and not written by people. */
const NOT_OURS = new Set(['node_modules', 'cdk.out', '.onefill', '.git', 'coverage']);

/** A text file of the project. */
export interface Document {
  /** Relative to the project, with slashes. */
  readonly path: string;
  readonly text: string;
}

/** The project's files whose names end so, in a folder and below it. */
export function filesEndingIn(ending: RegExp, folder = '.'): readonly Document[] {
  return readdirSync(join(PROJECT_DIRECTORY, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return NOT_OURS.has(entry.name) ? [] : filesEndingIn(ending, path);
    }
    return ending.test(entry.name) ? [readDocument(path)] : [];
  });
}

/** One file, by its path in the project. */
export function readDocument(path: string): Document {
  const file = resolve(PROJECT_DIRECTORY, path);
  return { path: relative(PROJECT_DIRECTORY, file), text: readFileSync(file, 'utf8') };
}

/** Every Markdown file of the project. */
export const MARKDOWN: readonly Document[] = filesEndingIn(/\.md$/);

/** The text without its code blocks. */
export function prose(text: string): string {
  return text.replaceAll(/^```[\s\S]*?^```$/gm, '');
}

/** The cells of every table row, without the rules between head and body. */
export function tableRows(text: string): readonly (readonly string[])[] {
  return prose(text)
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[-| ]+\|$/.test(line))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
}

/** What stands between backticks. */
export function codeSpans(text: string): readonly string[] {
  return [...prose(text).matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code);
}
