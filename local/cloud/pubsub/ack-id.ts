import { CloudError } from '#local/cloud/runtime/cloud-error.ts';

/** An ack id names the subscription, the message and the one delivery (lease) it was handed out with. */
export const ackIdOf = (subscription: string, messageId: string, lease: string): string =>
  Buffer.from([subscription, messageId, lease].join('\n')).toString('base64url');

/** Throws INVALID_ARGUMENT on an id that this service never gave for `subscription`. */
export const parseAckId = (subscription: string, ackId: string): { messageId: string; lease: string } => {
  const [name, messageId, lease, ...rest] = Buffer.from(ackId, 'base64url').toString('utf8').split('\n');
  if (messageId === undefined || lease === undefined || rest.length > 0 || !/^[0-9a-f]{12}$/.test(lease))
    throw new CloudError('INVALID_ARGUMENT', `Invalid ack id (ack_id=${ackId})`);
  if (name !== subscription)
    throw new CloudError('INVALID_ARGUMENT', `The ack id does not belong to the subscription ${subscription}.`);
  return { messageId, lease };
};
