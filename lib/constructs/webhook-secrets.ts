import { Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of {@link WebhookSecrets}. */
export interface WebhookSecretsProps {
  /** The start of the names of this stage's secrets, with its closing slash. */
  readonly namePrefix: string;
}

/**
 * The secrets of webhooks in Secrets Manager, named `<prefix>webhooks/<id>`. Operators make them while the
 * system runs, so the stack has none: it only says who may do what with them.
 */
export class WebhookSecrets extends Construct {
  readonly namePrefix: string;
  readonly #arn: string;

  constructor(scope: Construct, id: string, props: WebhookSecretsProps) {
    super(scope, id);
    if (!/^[\w/.-]+\/$/.test(props.namePrefix)) {
      throw new Error(
        `The prefix of secret names is ${JSON.stringify(props.namePrefix)}; it must end in a slash.`,
      );
    }
    const { partition, region, account } = Stack.of(this);
    this.namePrefix = props.namePrefix;
    this.#arn = `arn:${partition}:secretsmanager:${region}:${account}:secret:${props.namePrefix}webhooks/*`;
  }

  /** Lets a function read the secrets' values. */
  allowRead(grantee: OnefillFunction): void {
    this.#allow(grantee, ['GetSecretValue']);
  }

  /** Lets a function make, change and delete secrets, but not read them back. */
  allowWrite(grantee: OnefillFunction): void {
    this.#allow(grantee, ['CreateSecret', 'PutSecretValue', 'DeleteSecret']);
  }

  #allow(grantee: OnefillFunction, actions: readonly string[]): void {
    grantee.allow(
      actions.map((action) => `secretsmanager:${action}`),
      [this.#arn],
    );
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${this.namePrefix}webhooks/*]`,
      reason: 'Webhooks, and with them their secrets, come into being while the system runs.',
    });
  }
}
