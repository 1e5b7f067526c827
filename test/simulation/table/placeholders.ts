import { invalid, invalidIn } from './errors.ts';
import type { Names } from './paths.ts';
import { fromNative, type Value } from './values.ts';

/** What a command's placeholders stand for. */
export interface Context {
  readonly names: Names;
  readonly values: Readonly<Record<string, Value>>;
}

/** A parsed expression of a command. */
export interface Parsed<Tree> {
  readonly parameter: string;
  readonly tree: Tree;
  /** The placeholders in it, `#names` and `:values`, maybe repeated. */
  readonly placeholders: readonly string[];
}

/** The part of a command's input that its expressions refer to. */
export interface PlaceholderInput {
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

const NO_NAMES: Names = {};
const NO_VALUES: Context['values'] = {};
const VALID_NAME = /^#[A-Za-z0-9_]+$/;
const VALID_VALUE = /^:[A-Za-z0-9_]+$/;

/**
 * What a command's placeholders stand for, once it is sure that every one is defined, every definition is used, and
 * nothing is defined for no expression.
 */
export function contextOf(input: PlaceholderInput, expressions: readonly Parsed<unknown>[]): Context {
  const names = input.ExpressionAttributeNames;
  const values = input.ExpressionAttributeValues && valuesFrom(input.ExpressionAttributeValues);
  checkDefinitions('ExpressionAttributeNames', names, VALID_NAME, expressions);
  checkDefinitions('ExpressionAttributeValues', values, VALID_VALUE, expressions);
  if (names !== undefined && Object.values(names).includes('')) {
    throw invalid('ExpressionAttributeNames contains invalid value: Empty attribute name');
  }
  for (const { parameter, placeholders } of expressions) {
    for (const placeholder of placeholders) {
      checkDefined(parameter, placeholder, placeholder.startsWith('#') ? names : values);
    }
  }
  checkUsed('ExpressionAttributeNames', names, expressions);
  checkUsed('ExpressionAttributeValues', values, expressions);
  return { names: names ?? NO_NAMES, values: values ?? NO_VALUES };
}

function valuesFrom(given: Readonly<Record<string, unknown>>): Record<string, Value> {
  const values: Record<string, Value> = {};
  for (const placeholder of Object.keys(given)) {
    const value = fromNative(given[placeholder]);
    if (value !== undefined) {
      values[placeholder] = value;
    }
  }
  return values;
}

function checkDefinitions(
  parameter: string,
  definitions: Readonly<Record<string, unknown>> | undefined,
  valid: RegExp,
  expressions: readonly Parsed<unknown>[],
): void {
  if (definitions === undefined) {
    return;
  }
  if (expressions.length === 0) {
    throw invalid(`${parameter} can only be specified when using expressions`);
  }
  const placeholders = Object.keys(definitions);
  if (placeholders.length === 0) {
    throw invalid(`${parameter} must not be empty`);
  }
  for (const placeholder of placeholders) {
    if (!valid.test(placeholder)) {
      throw invalid(`${parameter} contains invalid key: Syntax error; key: "${placeholder}"`);
    }
  }
}

function checkDefined(
  parameter: string,
  placeholder: string,
  definitions: Readonly<Record<string, unknown>> | undefined,
): void {
  if (definitions === undefined || !Object.hasOwn(definitions, placeholder)) {
    throw invalidIn(
      parameter,
      placeholder.startsWith('#')
        ? `An expression attribute name used in the document path is not defined; attribute name: ${placeholder}`
        : `An expression attribute value used in expression is not defined; attribute value: ${placeholder}`,
    );
  }
}

function checkUsed(
  parameter: string,
  definitions: Readonly<Record<string, unknown>> | undefined,
  expressions: readonly Parsed<unknown>[],
): void {
  const unused = Object.keys(definitions ?? {}).filter((placeholder) =>
    expressions.every(({ placeholders }) => !placeholders.includes(placeholder)),
  );
  if (unused.length > 0) {
    throw invalid(`Value provided in ${parameter} unused in expressions: keys: {${unused.join(', ')}}`);
  }
}
