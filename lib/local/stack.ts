import * as z from 'zod/mini';
import { LOCAL_ACCOUNT_ID } from './account.ts';
import type { Assembly } from './assembly.ts';
import { LocalCloudError } from './errors.ts';
import {
  attributeOf,
  type IdentityEndpoints,
  namePropertyOf,
  type ResourceIdentity,
  referenceTo,
} from './physical-ids.ts';
import { assertCanRun } from './resource-types.ts';
import { TemplateResolver, type TemplateResource } from './template.ts';

/** A resource that exists in the stack: its condition holds. */
export interface StackResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
}

/** A synthesized stack with everything in it that can be computed. */
export interface Stack {
  readonly name: string;
  readonly region: string;
  /** The resources of these types, in the template's order. */
  resources(...types: readonly string[]): readonly StackResource[];
  /** The physical name of a resource. */
  nameOf(logicalId: string): string;
  /** What `Ref` gives for a resource. */
  reference(logicalId: string): string;
  /** What `Fn::GetAtt` gives for a resource. */
  attribute(logicalId: string, attribute: string): string;
  /**
   * A resource's properties, resolved and checked.
   *
   * @throws LocalCloudError naming the resource when its properties are not of this shape
   */
  properties<Schema extends z.ZodMiniType>(resource: StackResource, schema: Schema): z.infer<Schema>;
  /** The stack's outputs that have a local meaning, by name. */
  outputs(): Readonly<Record<string, string>>;
  /** The directory of an asset's files. */
  assetDirectory(objectKey: string): string | undefined;
}

/**
 * Opens a synthesized stack for the endpoints of this machine.
 *
 * @throws LocalCloudError naming a resource that the local cloud cannot run
 */
export function openStack(assembly: Assembly, endpoints: IdentityEndpoints): Stack {
  const { stackName, region, template } = assembly;
  const context = {
    stackName,
    region,
    accountId: LOCAL_ACCOUNT_ID,
    reference: (logicalId: string) => referenceTo(identity(logicalId), endpoints),
    attribute: (logicalId: string, attribute: string) =>
      attributeOf(identity(logicalId), attribute, endpoints),
  };
  const resolver = new TemplateResolver(template, context);
  const resources = existing(template.Resources, resolver);
  assertCanRun(resources);

  function identity(logicalId: string): ResourceIdentity {
    const resource = template.Resources[logicalId];
    if (resource === undefined) {
      throw new LocalCloudError(
        'unsupported',
        `The template refers to ${logicalId}, which it does not have.`,
      );
    }
    return { logicalId, type: resource.Type, name: nameOf(logicalId, resource), region };
  }

  function nameOf(logicalId: string, resource: TemplateResource): string {
    if (resource.Type === 'AWS::Lambda::Alias' || resource.Type === 'AWS::Lambda::Version') {
      return qualifiedName(resource, resolver);
    }
    const given = resolver.resolve(resource.Properties?.[namePropertyOf(resource.Type)]);
    if (typeof given === 'string') {
      return given;
    }
    const isFifo = resource.Type === 'AWS::SQS::Queue' && String(resource.Properties?.FifoQueue) === 'true';
    return `${stackName}-${logicalId}${isFifo ? '.fifo' : ''}`;
  }

  return {
    name: stackName,
    region,
    resources: (...types) => resources.filter(({ type }) => types.includes(type)),
    nameOf: (logicalId) => identity(logicalId).name,
    reference: context.reference,
    attribute: context.attribute,
    properties: (resource, schema) => parseProperties(resource, resolver, schema),
    outputs: () => resolveOutputs(template.Outputs ?? {}, resolver),
    assetDirectory: assembly.assetDirectory,
  };
}

/** The name of an alias or a version: that of its function, of which there is one version here, and its own. */
function qualifiedName({ Properties }: TemplateResource, resolver: TemplateResolver): string {
  const functionName = String(resolver.resolve(Properties?.FunctionName));
  return `${functionName.split(':').at(-1)}:${resolver.resolve(Properties?.Name ?? '1')}`;
}

function existing(
  resources: Readonly<Record<string, TemplateResource>>,
  resolver: TemplateResolver,
): readonly StackResource[] {
  return Object.entries(resources)
    .filter(([, resource]) => resolver.holds(resource.Condition))
    .map(([logicalId, resource]) => ({
      logicalId,
      type: resource.Type,
      properties: resource.Properties ?? {},
    }));
}

function parseProperties<Schema extends z.ZodMiniType>(
  { logicalId, type, properties }: StackResource,
  resolver: TemplateResolver,
  schema: Schema,
): z.infer<Schema> {
  const result = z.safeParse(schema, resolver.resolve(properties));
  if (!result.success) {
    const what = result.error.issues.map(({ path }) => path.join('.')).join(', ');
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${logicalId}, an ${type}, because of its ${what}.`,
    );
  }
  return result.data;
}

/** An output may tell what only AWS knows: it is left out, for nothing in the stack depends on an output. */
function resolveOutputs(
  outputs: Readonly<Record<string, { readonly Value: unknown }>>,
  resolver: TemplateResolver,
): Readonly<Record<string, string>> {
  const known: Record<string, string> = {};
  for (const [name, { Value }] of Object.entries(outputs)) {
    try {
      known[name] = String(resolver.resolve(Value));
    } catch (error) {
      if (!(error instanceof LocalCloudError)) {
        throw error;
      }
    }
  }
  return known;
}
