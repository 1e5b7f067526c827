import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { expect, it } from 'vitest';
import { createApp } from '../../lib/app.ts';
import type { Resource } from './synthesized.ts';
import { temporaryDirectory } from './temporary-directory.ts';

const LAYER = 'arn:aws:lambda:eu-central-1:123456789012:layer:ccxt:3';

it('gives the layer with ccxt to the functions that call venues, and to no other', () => {
  const app = createApp({
    stage: 'local',
    ccxtLayerArn: LAYER,
    templateValidation: false,
    outdir: temporaryDirectory(),
  });
  const [stack] = app.node.children.filter(Stack.isStack);
  const functions = stack ? Template.fromStack(stack).findResources('AWS::Lambda::Function') : {};
  const withLayer = Object.values(functions as Record<string, Resource>)
    .filter(({ Properties }) => JSON.stringify(Properties.Layers) === JSON.stringify([LAYER]))
    .map(({ Properties }) => Properties.FunctionName);
  expect(withLayer.toSorted()).toEqual(['onefill-admin', 'onefill-reconcile', 'onefill-strategy']);
});
