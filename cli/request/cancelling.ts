import type { Session } from '#cli/app/session.ts';
import { SILENT_LOG, type Storage } from '#core/ports.ts';
import { readRegister } from '#core/register/read.ts';
import { sealItems } from '#core/register/rules.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import type { Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** A request that is sealed, and what competes with it for its nonce. */
export interface SealedNonce {
  readonly nonce: bigint;
  /** All requests known to be sealed at that nonce, the one itself among them. */
  readonly rivals: readonly TransactionRequest[];
}

/** The request that is to be replaced. */
interface Replaced {
  readonly id: string;
  readonly wallet: Wallet;
  readonly request: TransactionRequest;
  /** As submitted.json says it; undefined where that is not there. */
  readonly submittedNonce: string | undefined;
}

/**
 * Where the register has sealed this request. An identity that may not read the register (a dApp's) goes by submitted.json, which says the
 * nonce but not what else was sealed there. Throws REPLACES_UNKNOWN where it is sealed at no nonce, or at two.
 */
export const sealedAt = async (
  storage: Storage,
  { deployment, commandLine }: Session,
  { id, wallet, request, submittedNonce }: Replaced,
): Promise<SealedNonce> => {
  const { chainId } = request;
  const log = { registerBucket: deployment.buckets.register, chainId, address: wallet.address };
  const items = await readRegister(
    storage,
    log,
    { since: Number.POSITIVE_INFINITY, cache: new Map(), wanted: new Set([id]) },
    SILENT_LOG,
  ).then(sealItems, (error: unknown) => {
    if (!isKeyturnError(error, 'PERMISSION_DENIED')) throw error;
    return [];
  });
  const nonces = new Set(items.filter((item) => item.id === id).map(({ nonce }) => nonce));
  if (submittedNonce !== undefined) nonces.add(BigInt(submittedNonce));
  const [nonce, ...others] = nonces;
  if (nonce === undefined || others.length > 0)
    throw new KeyturnError(
      'REPLACES_UNKNOWN',
      nonce === undefined
        ? `it is not sealed yet: ${commandLine(`withdraw ${id}`)} takes back a request that was not signed`
        : `it is sealed at ${nonces.size} nonces: see the runbook`,
      { field: 'replaces' },
    );
  return { nonce, rivals: [request, ...items.filter((item) => item.nonce === nonce).map((item) => item.request)] };
};

/**
 * wei per gas. Half as much again: nodes want 10 % more in both fees, some more than that. And a little more, since the rungs of a ladder
 * are half as much again apart. A rung with exactly another's fees would be the same transaction.
 */
const raised = (wei: bigint): bigint => (wei * 3n) / 2n + 1000n;
const most = (list: readonly bigint[]): bigint => list.reduce((a, b) => (b > a ? b : a), 0n);

/** The least ceilings that beat every rung of every rival. */
export const ceilingsAbove = (
  rivals: readonly TransactionRequest[],
): { readonly fee: bigint; readonly tip: bigint } => {
  const fee = raised(most(rivals.map(({ maxFeePerGas }) => BigInt(maxFeePerGas))));
  const tip = raised(most(rivals.map((one) => BigInt(one.type === '2' ? one.maxPriorityFeePerGas : one.maxFeePerGas))));
  return { fee: fee > tip ? fee : tip, tip };
};
