import { referenceSkeletonOf, skeletonOf } from '#schemas/look-alike.ts';
import { bookOf, knownText } from './book.ts';
import type { Warning } from './look-alikes.ts';
import type { Addressed } from './who.ts';

/** Names of the law that a requester's or a wallet's must not be taken for: what it is, and how it is called. */
const named = ({ law, request }: Addressed): readonly (readonly [what: string, name: string])[] => [
  ...law.wallets.map(({ name }) => [`wallet ${name}`, name] as const),
  ...law.coSigners.map(({ name }) => [`co-signer ${name}`, name] as const),
  ...[...bookOf(law, request.chainId).values()]
    .flat()
    .flatMap((known) => (known.kind === 'name' ? [[`${knownText(known)} of the book`, known.name] as const] : [])),
];

/**
 * Names of a request that can be taken for others. They are plain ASCII, where 0 passes for O, 1 and I for l, and rn for m. A requester that signs
 * is an address, and is compared as one.
 */
export const nameWarnings = (addressed: Addressed): readonly Warning[] => {
  const { request, wallet, law, history } = addressed;
  const { requester, requesterSignature, reference, replaces } = request;
  const sealed = history?.kind === 'known' ? history.earlier.sealed.map(({ item }) => item) : [];
  const warnings: string[] = [];
  if (requesterSignature === '')
    for (const [what, name] of named(addressed))
      if (skeletonOf(name) === skeletonOf(requester))
        warnings.push(`the requester ${requester}, who signs nothing, goes by a name like that of ${what}`);
  const otherRequester = sealed.find(
    ({ request: { requester: other } }) => other !== requester && skeletonOf(other) === skeletonOf(requester),
  );
  if (otherRequester !== undefined)
    warnings.push(
      `the requester ${requester} looks like ${otherRequester.request.requester}, who asked before, and is another`,
    );
  const otherWallet = law.wallets.find(
    ({ name }) => name !== wallet.name && skeletonOf(name) === skeletonOf(wallet.name),
  );
  if (otherWallet !== undefined)
    warnings.push(`wallet ${wallet.name} looks like wallet ${otherWallet.name}, and is another`);
  const otherReference = sealed.find(
    ({ id, request: { reference: other } }) =>
      id !== replaces && other !== reference && referenceSkeletonOf(other) === referenceSkeletonOf(reference),
  );
  if (otherReference !== undefined)
    warnings.push(
      `the reference ${reference} looks like ${otherReference.request.reference}, which is sealed as ${otherReference.id}: is it paid twice?`,
    );
  return warnings.map((text) => ({ text }));
};
