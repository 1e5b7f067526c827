import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod/mini';
import { DEFAULT_REGION } from './account.ts';
import { LocalCloudError, messageOf } from './errors.ts';
import type { Template } from './template.ts';

/** A stack as the CDK synthesized it. */
export interface Assembly {
  readonly stackName: string;
  readonly region: string;
  readonly template: Template;
  /**
   * The directory of an asset's files.
   *
   * @param objectKey where the template expects the asset in its bucket
   */
  assetDirectory(objectKey: string): string | undefined;
}

const Manifest = z.object({
  artifacts: z.record(
    z.string(),
    z.object({
      type: z.string(),
      environment: z.optional(z.string()),
      properties: z.optional(z.record(z.string(), z.unknown())),
    }),
  ),
  missing: z.optional(z.array(z.unknown())),
});

const StackProperties = z.object({ templateFile: z.string(), stackName: z.optional(z.string()) });

const AssetManifest = z.object({
  files: z.optional(
    z.record(
      z.string(),
      z.object({
        source: z.object({ path: z.optional(z.string()) }),
        destinations: z.record(z.string(), z.object({ objectKey: z.string() })),
      }),
    ),
  ),
});

const TemplateShape = z.object({
  Resources: z.record(
    z.string(),
    z.looseObject({
      Type: z.string(),
      Properties: z.optional(z.record(z.string(), z.unknown())),
      Condition: z.optional(z.string()),
    }),
  ),
  Parameters: z.optional(z.record(z.string(), z.looseObject({ Default: z.optional(z.unknown()) }))),
  Conditions: z.optional(z.record(z.string(), z.unknown())),
  Mappings: z.optional(z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))),
  Outputs: z.optional(z.record(z.string(), z.looseObject({ Value: z.unknown() }))),
});

/**
 * Reads what `cdk synth` wrote.
 *
 * @param directory the output directory, usually `cdk.out`
 * @throws LocalCloudError when it does not hold exactly one stack
 */
export function readAssembly(directory: string): Assembly {
  const manifest = readJson(directory, 'manifest.json', Manifest);
  const artifacts = Object.entries(manifest.artifacts);
  const stacks = artifacts.filter(([, artifact]) => artifact.type === 'aws:cloudformation:stack');
  const [stack] = stacks;
  if (stack === undefined || stacks.length > 1) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud runs one stack; ${directory} holds ${stacks.map(([id]) => id).join(', ') || 'none'}.`,
    );
  }
  if ((manifest.missing ?? []).length > 0) {
    throw new LocalCloudError('unsupported', 'The local cloud cannot look up values in an AWS account.');
  }
  const [id, { environment, properties }] = stack;
  const { templateFile, stackName } = parse(StackProperties, properties, `the stack ${id}`);
  const assets = readAssets(directory, artifacts);
  return {
    stackName: stackName ?? id,
    region: regionOf(environment),
    template: readJson(directory, templateFile, TemplateShape),
    assetDirectory: (objectKey) => assets.get(objectKey),
  };
}

function readAssets(
  directory: string,
  artifacts: readonly (readonly [string, z.infer<typeof Manifest>['artifacts'][string]])[],
): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const [, artifact] of artifacts) {
    const file = artifact.type === 'cdk:asset-manifest' ? artifact.properties?.file : undefined;
    if (typeof file !== 'string') {
      continue;
    }
    for (const asset of Object.values(readJson(directory, file, AssetManifest).files ?? {})) {
      for (const { objectKey } of Object.values(asset.destinations)) {
        if (asset.source.path !== undefined) {
          paths.set(objectKey, join(directory, asset.source.path));
        }
      }
    }
  }
  return paths;
}

/** The region of `aws://account/region`, unless the stack is for any region. */
function regionOf(environment: string | undefined): string {
  const region = environment?.split('/').at(-1);
  return region === undefined || region === 'unknown-region' ? DEFAULT_REGION : region;
}

function readJson<Schema extends z.ZodMiniType>(
  directory: string,
  file: string,
  schema: Schema,
): z.infer<Schema> {
  const path = join(directory, file);
  try {
    return parse(schema, JSON.parse(readFileSync(path, 'utf8')), path);
  } catch (error) {
    if (error instanceof LocalCloudError) {
      throw error;
    }
    throw new LocalCloudError('synthesis-failed', `${path} cannot be read: ${messageOf(error)}.`, {
      cause: error,
    });
  }
}

function parse<Schema extends z.ZodMiniType>(schema: Schema, value: unknown, what: string): z.infer<Schema> {
  const result = z.safeParse(schema, value);
  if (!result.success) {
    throw new LocalCloudError(
      'synthesis-failed',
      `${what} is not what the CDK writes: ${z.prettifyError(result.error).replaceAll(/\s+/g, ' ')}.`,
    );
  }
  return result.data;
}
