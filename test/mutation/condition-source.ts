import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';

/**
 * The verbs in the source that make a conditional write and are not among those that sent one: their conditions were
 * never tried.
 *
 * @param sites `ledger/held-account.ts settleAccount`. A function that is no verb stands for all that call it: a stack
 *   does not always show who did
 */
export function neverSent(sites: readonly string[]): string[] {
  const sent = new Set(sites);
  return globSync('**/*.ts', { cwd: 'functions' })
    .flatMap((file) => {
      const declared = declarationsIn(file);
      const callers = verbsUsing(declared, ({ name }) => sent.has(`${file} ${name}`));
      return verbsUsing(declared, ({ hasCondition }) => hasCondition)
        .filter((name) => !callers.includes(name))
        .map((name) => `${file} ${name}`);
    })
    .toSorted();
}

/** What is declared at the top of a file, or in a class of it, and has a name. */
interface Declared {
  readonly name: string;
  readonly isVerb: boolean;
  readonly hasCondition: boolean;
  /** Everything that its text mentions. */
  readonly mentions: ReadonlySet<string>;
}

/** The verbs among some declarations, and for those that are no verbs the verbs that mention them. */
function verbsUsing(declared: readonly Declared[], isOne: (each: Declared) => boolean): string[] {
  const found = declared.filter(isOne);
  for (const { isVerb, name } of found) {
    if (!isVerb) {
      found.push(...declared.filter((user) => user.mentions.has(name) && !found.includes(user)));
    }
  }
  return found.filter(({ isVerb }) => isVerb).map(({ name }) => name);
}

function declarationsIn(file: string): Declared[] {
  const source = ts.createSourceFile(
    file,
    readFileSync(`functions/${file}`, 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  return source.statements.flatMap((statement) =>
    ts.isClassDeclaration(statement) ? statement.members.flatMap(declaredBy) : declaredBy(statement),
  );
}

function declaredBy(node: ts.Statement | ts.ClassElement): Declared[] {
  if (!ts.isFunctionDeclaration(node) && !ts.isMethodDeclaration(node)) {
    return [];
  }
  const mentions = new Set<string>();
  let hasCondition = false;
  const visit = (child: ts.Node): void => {
    if (ts.isIdentifier(child)) {
      mentions.add(child.text);
    }
    hasCondition ||= ts.isPropertyAssignment(child) && child.name.getText() === 'ConditionExpression';
    ts.forEachChild(child, visit);
  };
  ts.forEachChild(node, visit);
  const isVerb = node.modifiers?.some(
    ({ kind }) => kind === ts.SyntaxKind.ExportKeyword || kind === ts.SyntaxKind.OverrideKeyword,
  );
  return [{ name: node.name?.getText() ?? '', isVerb: isVerb ?? false, hasCondition, mentions }];
}
