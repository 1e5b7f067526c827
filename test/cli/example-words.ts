import { shellWords } from '../support/curl.ts';

/** The words of an example as a shell would pass them on; what stands before `onefill` and behind it is not ours. */
export function exampleWords(line: string): readonly string[] {
  const [, own = ''] = /\bonefill (.*?)(?: (?:&&|\||>) .*)?$/.exec(line) ?? [];
  return shellWords(own);
}
