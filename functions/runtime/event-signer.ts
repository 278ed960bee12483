import type { AuthClient } from 'google-auth-library';
import { signerPort } from '#adapters/kms/sign.ts';
import type { EventSigner } from '#core/key-ports.ts';
import type { Publisher } from '#core/ports.ts';
import type { Context } from './context.ts';
import { signingPublisher } from './signed-events.ts';

/**
 * The publisher of the two functions that may sign. Cloud KMS is first called when something is said, and never where the law names no key.
 */
export const publisherThatSigns = ({ law, publisher }: Context, authClient: AuthClient): Publisher => {
  let signer: EventSigner | undefined;
  return signingPublisher(publisher, law, () => {
    signer ??= signerPort({ projectId: law.operator.projectId, authClient, endpoint: law.endpoints?.kms });
    return signer;
  });
};
