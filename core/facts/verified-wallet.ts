import { type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import type { RequestFact } from '#schemas/facts.ts';
import { bucketsOf } from '#schemas/names.ts';

/** The wallet of a stored request, if the request really hashes to the id it is stored under. Facts are written by functions: believe content. */
export const verifiedWalletOf = (fact: RequestFact, law: Law): Wallet | undefined => {
  const wallet = walletNamed(law, fact.request.wallet);
  // The address decides which log is read: one that is not the law's would be an empty one.
  if (wallet?.address !== fact.walletAddress || !wallet.chains.some(({ chainId }) => chainId === fact.request.chainId))
    return undefined;
  return digestOf(fact.request, wallet.address, bucketsOf(law.name).register) === fact.id ? wallet : undefined;
};
