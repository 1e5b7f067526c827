import { Aws, CfnCondition, type CfnResource, Fn, Stack } from 'aws-cdk-lib';

/**
 * The account of emulators, which is none of AWS, as conditions see it: MiniStack 1.5.33 leaves references to it there
 * as they are.
 */
const EMULATED_ACCOUNTS = ['000000000000', 'AWS::AccountId'];

const CONDITION_ID = 'OnAws';

/**
 * The condition that the stack is deployed to AWS and not to an emulator. CloudFormation leaves out what has it where
 * it is false: for the few kinds of resource that an emulator does not know, and refuses the whole stack for.
 *
 * @param resource any resource of the stack
 */
export function onAwsOnly(resource: CfnResource): void {
  const stack = Stack.of(resource);
  const existing = stack.node.tryFindChild(CONDITION_ID);
  resource.cfnOptions.condition =
    existing instanceof CfnCondition
      ? existing
      : new CfnCondition(stack, CONDITION_ID, {
          expression: Fn.conditionNot(
            Fn.conditionOr(
              ...EMULATED_ACCOUNTS.map((account) => Fn.conditionEquals(Aws.ACCOUNT_ID, account)),
            ),
          ),
        });
}
