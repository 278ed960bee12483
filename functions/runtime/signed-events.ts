import type { EventSigner } from '#core/key-ports.ts';
import type { Publisher } from '#core/ports.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Law } from '#schemas/config.ts';
import { isSignedBy, SIGNATURE_ATTRIBUTES, signedDigest } from '#schemas/event-signature.ts';
import { topicsOf } from '#schemas/names.ts';

const inBase64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

/**
 * A publisher that signs what people read: request events and receipts, with the first of the law's event keys. The other topics stay as they
 * are. Hints feed our own functions, which believe none. A dead letter holds attributes that somebody else wrote.
 *
 * Nothing goes out unsigned. Where KMS does not answer, this throws, the mark of the request stays, and reconcile says it later. CONFIG where
 * the law's public key is not that of its version: what readers would call invalid is not sent.
 */
export const signingPublisher = (
  publisher: Publisher,
  { name, eventKeys }: Pick<Law, 'name' | 'eventKeys'>,
  signer: () => EventSigner,
): Publisher => {
  const [key] = eventKeys ?? [];
  if (key === undefined) return publisher;
  const { requestEvents, receipts } = topicsOf(name);
  return {
    publish: async (topic, message) => {
      if (topic !== requestEvents && topic !== receipts) return publisher.publish(topic, message);
      const digest = signedDigest(message);
      const signature = await signer()
        .sign(key.version, digest)
        .catch((cause: unknown) => {
          // It is about the key, and never about the event: who sees it must not give the event up.
          if (!isKeyturnError(cause, 'INVALID_ARGUMENT')) throw cause;
          throw new KeyturnError('CONFIG', `law.eventKeys.0.version: ${cause.message}`, { cause });
        });
      if (!isSignedBy(key, digest, signature))
        throw new KeyturnError('CONFIG', `law.eventKeys.0.publicKey: is not the public key of ${key.version}`);
      const attributes = {
        ...message.attributes,
        [SIGNATURE_ATTRIBUTES.signature]: inBase64(signature),
        [SIGNATURE_ATTRIBUTES.key]: key.name,
      };
      return publisher.publish(topic, { data: message.data, attributes });
    },
  };
};
