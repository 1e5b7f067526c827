import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { createApp } from '../../lib/app.ts';
import type { StageName } from '../../lib/stage.ts';
import { temporaryDirectory } from './temporary-directory.ts';

/** A resource of a template, as far as the tests read it. */
export interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
}

const stacks = new Map<StageName, Stack>();
const templates = new Map<StageName, Template>();

/**
 * The stack of a stage, made once for each test file.
 *
 * @param templateValidation whether its template is held against CloudFormation's schemas; the first call decides
 */
export function stackOf(stage: StageName, templateValidation = false): Stack {
  return once(stacks, stage, () => {
    const app = createApp({ stage, templateValidation, outdir: temporaryDirectory() });
    const stack = app.node.children.find(Stack.isStack);
    if (stack === undefined) {
      throw new Error(`The app of the stage ${stage} has no stack.`);
    }
    return stack;
  });
}

/** The template of a stage, synthesized once for each test file. */
export function templateOf(stage: StageName): Template {
  return once(templates, stage, () => Template.fromStack(stackOf(stage)));
}

/** The resources of one type by logical id, without the hash that the CDK appends. */
export function resourcesOf(stage: StageName, type: string): Readonly<Record<string, Resource>> {
  const found: Record<string, Resource> = templateOf(stage).findResources(type) as Record<string, Resource>;
  return Object.fromEntries(Object.entries(found).map(([id, resource]) => [plainId(id), resource]));
}

/** The one resource of a type with this logical id, the hash left out. */
export function resourceOf(stage: StageName, type: string, id: string): Resource {
  const resource = resourcesOf(stage, type)[id];
  if (resource === undefined) {
    throw new Error(`The template of ${stage} has no ${type} named ${id}.`);
  }
  return resource;
}

/** A logical id without its hash, which changes with the construct's path only. */
function plainId(logicalId: string): string {
  return logicalId.replace(/[0-9A-F]{8}$/, '');
}

/** A value of a template as text, references in angle brackets, a part of one with its number. */
export function render(value: unknown): string {
  if (typeof value === 'string') {
    return value;
  }
  if (typeof value === 'object' && value !== null) {
    if ('Ref' in value) {
      return `<${plainId(String(value.Ref))}>`;
    }
    if ('Fn::GetAtt' in value && Array.isArray(value['Fn::GetAtt'])) {
      const [id, attribute] = value['Fn::GetAtt'];
      return `<${plainId(String(id))}.${attribute}>`;
    }
    if ('Fn::Select' in value && Array.isArray(value['Fn::Select'])) {
      const [index, { 'Fn::Split': split }] = value['Fn::Select'];
      return `${render(split[1])}[${index}]`;
    }
    if ('Fn::Join' in value && Array.isArray(value['Fn::Join'])) {
      const [separator, parts] = value['Fn::Join'];
      return parts.map(render).join(separator);
    }
  }
  throw new Error(`Neither text nor a reference: ${JSON.stringify(value)}`);
}

function once<Value>(made: Map<StageName, Value>, stage: StageName, make: () => Value): Value {
  const value = made.get(stage) ?? make();
  made.set(stage, value);
  return value;
}
