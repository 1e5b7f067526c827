import { GetQueueAttributesCommand } from '@aws-sdk/client-sqs';
import type { Queue } from './accounts-queue.ts';

/** How many messages a queue holds, as far as SQS knows at this moment, and what becomes of those that fail. */
export interface QueueState {
  readonly visible: number;
  /** Received by somebody and not deleted. */
  readonly inFlight: number;
  /** Not visible yet, because they were sent to be later. */
  readonly delayed: number;
  /** After how many receives a message is a dead letter. Absent: there is no dead-letter queue behind this one. */
  readonly receivesMax?: number;
}

/** Asks SQS about a queue. @param abortSignal ends the call, which then throws */
export async function readQueueState(queue: Queue, abortSignal?: AbortSignal): Promise<QueueState> {
  const { Attributes = {} } = await queue.client.send(
    new GetQueueAttributesCommand({
      QueueUrl: queue.url,
      AttributeNames: [
        'ApproximateNumberOfMessages',
        'ApproximateNumberOfMessagesNotVisible',
        'ApproximateNumberOfMessagesDelayed',
        'RedrivePolicy',
      ],
    }),
    abortSignal ? { abortSignal } : {},
  );
  const { RedrivePolicy } = Attributes;
  return {
    visible: Number(Attributes.ApproximateNumberOfMessages ?? 0),
    inFlight: Number(Attributes.ApproximateNumberOfMessagesNotVisible ?? 0),
    delayed: Number(Attributes.ApproximateNumberOfMessagesDelayed ?? 0),
    ...(RedrivePolicy ? { receivesMax: Number(JSON.parse(RedrivePolicy).maxReceiveCount) } : {}),
  };
}
