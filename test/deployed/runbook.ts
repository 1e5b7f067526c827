import { MARKDOWN, readDocument } from '../docs/documents.ts';

/** The shell commands of the documents, and which of them have been run. */
export class Runbook {
  readonly #given: string[] = [];

  /**
   * The block under a heading that has commands of AWS's own tool, with something for every `<…>`.
   *
   * @throws Error when there is none, or when it has a place that nothing is given for
   */
  commands(page: string, heading: string, values: Readonly<Record<string, string>> = {}): string {
    const [, section = ''] = readDocument(page).text.split(`\n## ${heading}\n`);
    const [untilNext = ''] = section.split('\n## ');
    const blocks = Array.from(untilNext.matchAll(/^```sh\n([\s\S]*?)^```$/gm), ([, block = '']) => block);
    const block = blocks.find((each) => awsCommands(each).length > 0);
    if (block === undefined) {
      throw new Error(`${page} has no commands under “${heading}”.`);
    }
    this.#given.push(block);
    return block.replaceAll(/<([\w ]+)>/g, (_, name: string) => {
      const value = values[name];
      if (value === undefined) {
        throw new Error(`Nothing is given for <${name}> in ${page}, “${heading}”.`);
      }
      return value;
    });
  }

  /** The commands of AWS's own tool that no {@link commands} had in it. */
  left(): string[] {
    const known = this.#given.join('');
    return MARKDOWN.flatMap(({ path, text }) =>
      awsCommands(text)
        .filter((command) => !known.includes(command))
        .map((command) => `${path}: ${command}`),
    );
  }
}

/** Each command of a block, with the lines that it goes on in. */
export function awsCommands(text: string): string[] {
  return Array.from(text.matchAll(/^aws (?:.*\\\n)*.*$/gm), ([command]) => command);
}
