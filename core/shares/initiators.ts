import type { Law, Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

type CoSigners = Pick<Law, 'coSigners'>;

/**
 * The co-signers to whom the law ties who asks. Whoever initiates a payment does not approve it (separation of duties). A requester that is an
 * address always signs, so nobody else can ask in its name.
 */
export const initiatorsOf = (
  { requester }: Pick<TransactionRequest, 'requester'>,
  { coSigners }: CoSigners,
): ReadonlySet<string> =>
  new Set(coSigners.filter(({ requesters = [] }) => requesters.includes(requester)).map(({ name }) => name));

/** Holders of the wallet whose shares count for what this requester asks, in the law's order. */
export const approversOf = (
  request: Pick<TransactionRequest, 'requester'>,
  { holders }: Pick<Wallet, 'holders'>,
  law: CoSigners,
): readonly string[] => {
  const initiators = initiatorsOf(request, law);
  return holders.map(({ coSigner }) => coSigner).filter((coSigner) => !initiators.has(coSigner));
};

/** Why a request can never be approved, in words; undefined where it can be. `needed`: approvals. */
export const tooFewApprovers = (
  request: Pick<TransactionRequest, 'requester'>,
  { wallet, needed }: { readonly wallet: Wallet; readonly needed: number },
  law: CoSigners,
): string | undefined => {
  const left = approversOf(request, wallet, law).length;
  if (left >= needed) return undefined;
  const tied = [...initiatorsOf(request, law)].join(', ');
  return `${request.requester} asks for ${tied}, whose share does not count for it: ${left} of wallet ${wallet.name} can approve, and ${needed} must`;
};
