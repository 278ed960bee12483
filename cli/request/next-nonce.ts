import type { Deployment } from '#cli/app/deployment.ts';
import type { Session } from '#cli/app/session.ts';
import { SILENT_LOG, type Storage } from '#core/ports.ts';
import { readRegister } from '#core/register/read.ts';
import { nextNonce } from '#core/register/rules.ts';
import { isKeyturnError } from '#schemas/codes.ts';
import { type Wallet, walletNamed } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** The next nonce, as the register and not the chain tells it. `now`: ms. Throws what Storage throws. */
export const registerNextNonce = async (
  storage: Storage,
  { buckets }: Deployment,
  { wallet, chainId }: { readonly wallet: Wallet; readonly chainId: string },
  now: number,
): Promise<bigint> => {
  const log = { registerBucket: buckets.register, chainId, address: wallet.address };
  const view = await readRegister(storage, log, { since: now, cache: new Map() }, SILENT_LOG);
  const start = wallet.chains.find((chain) => chain.chainId === chainId)?.startNonce ?? '0';
  return nextNonce(view, BigInt(start));
};

/** `chain`: what is sealed and not mined yet is not counted there. */
interface KnownNext {
  readonly by: 'register' | 'chain';
  readonly next: bigint;
}

const orUndefined = async <T>(work: Promise<T>): Promise<T | undefined> => {
  try {
    return await work;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return undefined;
  }
};

/** A dApp may not read the register: then the chain's count is the best that can be had. */
const knownNext = async (
  { ports, deployment, clock }: Session,
  wallet: Wallet,
  chainId: string,
): Promise<KnownNext | undefined> => {
  const read = async () => registerNextNonce(await ports.storage(), deployment, { wallet, chainId }, clock.now());
  const sealed = await orUndefined(read());
  if (sealed !== undefined) return { by: 'register', next: sealed };
  const count = async () => (await ports.chains()).of(chainId).count(wallet.address, 'latest');
  const mined = await orUndefined(count());
  return mined === undefined ? undefined : { by: 'chain', next: mined };
};

/** "nonce 2", or "nonces 2 to 8": all from `first` to below `end`. */
export const nonceSpan = (first: bigint, end: bigint): string =>
  end - first === 1n ? `nonce ${first}` : `nonces ${first} to ${end - 1n}`;

const wordsFor = (nonce: bigint, { by, next }: KnownNext, where: string): string => {
  if (by === 'chain')
    return nonce < next
      ? `nonce ${nonce} is used: the chain counts ${next} transactions of ${where}. The request will be refused.`
      : `nonce ${nonce} may not be the next one: the chain counts ${next} transactions of ${where}. The next one is ${next}, unless some are signed and not mined yet.`;
  const first = `nonce ${nonce} is not the next one of ${where}: that is ${next}.`;
  return nonce < next
    ? `${first} Nonce ${nonce} is sealed already, so the request will be refused.`
    : `${first} The request will wait for ${nonceSpan(next, nonce)}.`;
};

/**
 * What to tell whoever names a nonce that is not the next one of its wallet and chain. A replacement names another's nonce, and a skip lies
 * above a foreign one: of those nothing is said. Throws nothing of what cannot be seen.
 */
export const nonceWarnings = async (
  session: Session,
  { wallet: name, chainId, nonce, replaces }: TransactionRequest,
): Promise<readonly string[]> => {
  const wallet = walletNamed(session.deployment.config.law, name);
  if (nonce === '' || replaces !== '' || wallet === undefined) return [];
  const known = await session.out.during('asking for the next nonce', knownNext(session, wallet, chainId));
  const where = `${name} on chain ${chainId}`;
  if (known === undefined) return [`nonce ${nonce} could not be compared with the next one of ${where}`];
  return BigInt(nonce) === known.next ? [] : [wordsFor(BigInt(nonce), known, where)];
};
