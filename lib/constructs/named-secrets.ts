import { Stack, Validations } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { OnefillFunction } from './function.ts';

/** Properties of {@link NamedSecrets}. */
export interface NamedSecretsProps {
  /** The start of the names of this stage's secrets, with its closing slash. */
  readonly namePrefix: string;
  /** Whose they are: the next part of their names. */
  readonly owners: 'webhooks' | 'brokers';
  /** Why the stack cannot name them one by one. */
  readonly reason: string;
}

/**
 * Secrets in Secrets Manager, named `<prefix><owners>/<name>`. Operators make them while the system runs, so the
 * stack has none: it only says who may do what with them.
 */
export class NamedSecrets extends Construct {
  readonly #names: string;
  readonly #reason: string;

  constructor(scope: Construct, id: string, props: NamedSecretsProps) {
    super(scope, id);
    if (!/^[\w/.-]+\/$/.test(props.namePrefix)) {
      throw new Error(
        `The prefix of secret names is ${JSON.stringify(props.namePrefix)}; it must end in a slash.`,
      );
    }
    this.#names = `${props.namePrefix}${props.owners}/*`;
    this.#reason = props.reason;
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
    const { partition, region, account } = Stack.of(this);
    grantee.allow(
      actions.map((action) => `secretsmanager:${action}`),
      [`arn:${partition}:secretsmanager:${region}:${account}:secret:${this.#names}`],
    );
    Validations.of(grantee).acknowledge({
      id: `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:${this.#names}]`,
      reason: this.#reason,
    });
  }
}
