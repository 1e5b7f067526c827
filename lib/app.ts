import { App } from 'aws-cdk-lib';
import featureFlags from 'aws-cdk-lib/recommended-feature-flags.json' with { type: 'json' };
import type { AlertReceivers } from './constructs/alerts-topic.ts';
import { readCorsOrigins } from './constructs/cors.ts';
import { readDeploymentOptions } from './deployment-options.ts';
import { OnefillStack } from './onefill-stack.ts';
import { stageConfiguration } from './stage.ts';

/** How to make the {@link createApp | CDK app}. */
export interface OnefillAppProps {
  /**
   * The stage.
   *
   * @default - what `cdk -c stage=…` says, else the default stage
   */
  readonly stage?: string;
  /**
   * The directory for the template and the assets.
   *
   * @default - what the `cdk` command says, else a new temporary directory
   */
  readonly outdir?: string;
  /**
   * Whether `synth()` holds the template against CloudFormation's schemas, which takes the CDK a second or two.
   *
   * @default true
   */
  readonly templateValidation?: boolean;
  /**
   * The layer with ccxt, for accounts at its exchanges.
   *
   * @default - what `cdk -c ccxtLayerArn=…` says, else none
   */
  readonly ccxtLayerArn?: string;
  /**
   * Which pages' scripts may call the admin API: origins with commas between.
   *
   * @default - what `cdk -c corsAllowOrigins=…` says, else none
   */
  readonly corsAllowOrigins?: string;
  /**
   * Who is told of alerts.
   *
   * @default - what `cdk -c alertEmail=… -c alertWebhookUrl=…` says, else nobody until somebody subscribes
   */
  readonly alertReceivers?: AlertReceivers;
  /**
   * What `cdk -c name=value` would say.
   *
   * @default nothing
   */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * The CDK app with its one stack. It needs no account, no region and no network: `createApp({ stage }).synth()`
 * gives in this process what the `cdk synth` command gives.
 *
 * @throws Error when the stage or an option is unknown, or a function cannot be bundled
 */
export function createApp(props: OnefillAppProps = {}): App {
  const app = new App({
    ...(props.context === undefined ? {} : { context: { ...props.context } }),
    ...(props.outdir === undefined ? {} : { outdir: props.outdir }),
    builtinCloudFormationValidation: props.templateValidation ?? true,
    // Here and not in cdk.json, so that the app is the same whether the `cdk` command starts it or a test. The
    // metadata, which that command asks for by itself, says in the template where each function's code is.
    postCliContext: {
      ...featureFlags,
      'aws:cdk:enable-asset-metadata': true,
    },
  });
  const stage = stageConfiguration(props.stage ?? app.node.tryGetContext('stage') ?? undefined);
  const ccxtLayerArn: string | undefined = props.ccxtLayerArn ?? app.node.tryGetContext('ccxtLayerArn');
  new OnefillStack(app, stage.stackName, {
    stage,
    options: readDeploymentOptions((name) => app.node.tryGetContext(name)),
    corsAllowOrigins: readCorsOrigins(props.corsAllowOrigins ?? app.node.tryGetContext('corsAllowOrigins')),
    ...(ccxtLayerArn === undefined ? {} : { ccxtLayerArn }),
    alertReceivers: props.alertReceivers ?? {
      alertEmail: app.node.tryGetContext('alertEmail'),
      alertWebhookUrl: app.node.tryGetContext('alertWebhookUrl'),
    },
  });
  return app;
}
