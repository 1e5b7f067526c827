import type { Message, MessageAttributeValue } from '@aws-sdk/client-sqs';
import { batchItemFailures } from './batch-response.ts';

/** Where messages come from. */
export interface QueueIdentity {
  readonly arn: string;
  readonly region: string;
}

/** The event that Lambda makes of a batch of messages. */
export function sqsEvent(messages: readonly Message[], queue: QueueIdentity) {
  return { Records: messages.map((message) => record(message, queue)) };
}

function record(message: Message, queue: QueueIdentity) {
  const { MD5OfMessageAttributes, MessageAttributes } = message;
  return {
    messageId: message.MessageId,
    receiptHandle: message.ReceiptHandle,
    body: message.Body,
    attributes: message.Attributes ?? {},
    messageAttributes: Object.fromEntries(
      Object.entries(MessageAttributes ?? {}).map(([name, value]) => [name, attribute(value)]),
    ),
    ...(MD5OfMessageAttributes !== undefined && { md5OfMessageAttributes: MD5OfMessageAttributes }),
    md5OfBody: message.MD5OfBody,
    eventSource: 'aws:sqs',
    eventSourceARN: queue.arn,
    awsRegion: queue.region,
  };
}

function attribute({ StringValue, BinaryValue, DataType }: MessageAttributeValue) {
  return {
    ...(StringValue !== undefined && { stringValue: StringValue }),
    ...(BinaryValue !== undefined && { binaryValue: Buffer.from(BinaryValue).toString('base64') }),
    stringListValues: [],
    binaryListValues: [],
    dataType: DataType,
  };
}

/**
 * Which messages of a batch are done, by what a function that reports batch item failures answers.
 *
 * An answer without failures means that all are done; an answer that Lambda cannot read, or that names a message
 * which is not in the batch, means that none is.
 *
 * @param payload the function's result as JSON
 */
export function succeededMessages(messages: readonly Message[], payload: string): readonly Message[] {
  const failures = batchItemFailures(payload);
  if (failures === undefined) {
    return [];
  }
  const failed = new Set(failures);
  const succeeded = messages.filter(({ MessageId = '' }) => !failed.has(MessageId));
  const namesAStranger = succeeded.length + failed.size !== messages.length;
  return namesAStranger ? [] : succeeded;
}
