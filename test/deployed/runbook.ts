import { MARKDOWN, readDocument } from '../docs/documents.ts';
import { shellCommands } from '../support/curl.ts';

const isAws = (command: string) => command.startsWith('aws ');

/** The shell commands of the documents, and which of them have been run. */
export class Runbook {
  readonly #given = new Set<string>();

  /**
   * A script of the commands under a heading, with something for every `<…>`.
   *
   * @throws Error when there are none, or when there is a place that nothing is given for
   */
  script(page: string, heading: string, values: Readonly<Record<string, string>> = {}): string {
    return this.#script(page, heading, values, () => true);
  }

  /** The same of those alone that are AWS's own tool's. */
  awsScript(page: string, heading: string, values: Readonly<Record<string, string>> = {}): string {
    return this.#script(page, heading, values, isAws);
  }

  /** The commands of AWS's own tool that were in no script. */
  left(): string[] {
    return MARKDOWN.flatMap(({ path, text }) =>
      shellCommands(text)
        .filter((command) => isAws(command) && !this.#given.has(command))
        .map((command) => `${path}: ${command}`),
    );
  }

  #script(
    page: string,
    heading: string,
    values: Readonly<Record<string, string>>,
    isWanted: (command: string) => boolean,
  ): string {
    const [, fromHeading = ''] = readDocument(page).text.split(`\n## ${heading}\n`);
    const [section = ''] = fromHeading.split('\n## ');
    const commands = shellCommands(section).filter(isWanted);
    if (commands.length === 0) {
      throw new Error(`${page} has no commands under “${heading}”.`);
    }
    const given = commands.map((command) => {
      this.#given.add(command);
      return command.replaceAll(/<(\w+)>/g, (place, name: string) => values[name] ?? place);
    });
    const missing = given.find((command) => /<\w+>/.test(command));
    if (missing !== undefined) {
      throw new Error(`Something is needed for the <…> of ${page}, “${heading}”: ${missing}`);
    }
    return given.join('\n');
  }
}
