import type { Session } from '#cli/app/session.ts';
import { parseAmount, parseDuration } from '#cli/app/units.ts';
import { neededGas } from '#core/transaction/gas-rules.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { chainOf as chainLawOf, type Law, type Wallet, walletNamed } from '#schemas/config.ts';
import { gasRulesOf } from '#schemas/gas-rules.ts';
import type { RequestField } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { typedAddress, typedData } from './typed-fields.ts';

/** The options of `keyturn request`, as typed. */
export interface DraftOptions {
  readonly wallet?: string;
  readonly chain?: string;
  readonly type?: string;
  readonly to?: string;
  readonly value?: string;
  readonly data?: string;
  readonly gasLimit?: string;
  readonly maxFee?: string;
  readonly maxPriorityFee?: string;
  readonly validFor?: string;
  readonly reference?: string;
  readonly memo?: string;
  readonly requester?: string;
  readonly nonce?: string;
  readonly replaces?: string;
}

/** Not yet parsed: `parseRequest` decides what it is worth. */
export type Draft = Record<RequestField, string>;

const GWEI = 10n ** 9n;
const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

const walletOf = (law: Law, given: string | undefined): Wallet => {
  const [only, ...others] = law.wallets;
  if (given === undefined && only !== undefined && others.length === 0) return only;
  const names = law.wallets.map(({ name }) => name).join(', ');
  if (given === undefined) throw usage('wallet', `--wallet: say which one of ${names}`);
  const wallet = walletNamed(law, given);
  if (wallet === undefined)
    throw new KeyturnError('UNKNOWN_WALLET', `the law knows no wallet ${given}, only ${names}`, { field: 'wallet' });
  return wallet;
};

const chainOf = (wallet: Wallet, given: string | undefined): string => {
  const [only, ...others] = wallet.chains;
  const names = wallet.chains.map(({ chainId }) => chainId).join(', ');
  if (given !== undefined) {
    if (wallet.chains.some(({ chainId }) => chainId === given)) return given;
    throw usage('chainId', `--chain: wallet ${wallet.name} has no chain ${given}, only ${names}`);
  }
  if (only !== undefined && others.length === 0) return only.chainId;
  throw usage('chainId', `--chain: say which one of ${names}`);
};

/** wei. What is not given is asked of the chain: ceiling = 2 × base fee + tip, so that it holds while the base fee doubles. */
const feesOf = async (session: Session, chainId: string, type: string, options: DraftOptions) => {
  if (options.maxPriorityFee !== undefined && ['0', '1'].includes(type))
    throw usage('maxPriorityFeePerGas', `--max-priority-fee: type ${type} has no tip. Leave it out`);
  const ceiling = options.maxFee === undefined ? undefined : parseAmount(options.maxFee, '--max-fee');
  const tip =
    options.maxPriorityFee === undefined ? undefined : parseAmount(options.maxPriorityFee, '--max-priority-fee');
  const usualTip = tip ?? (ceiling !== undefined && ceiling < GWEI ? ceiling : GWEI);
  const price = ceiling ?? 2n * (await baseFee(session, chainId)) + usualTip;
  return {
    maxFeePerGas: `${price}`,
    maxPriorityFeePerGas: type === '2' ? `${usualTip}` : '',
  };
};

const baseFee = async ({ ports, out }: Session, chainId: string): Promise<bigint> => {
  try {
    const chain = (await ports.chains()).of(chainId);
    const head = await out.during('asking the chain for its fees', chain.block('latest'));
    if (head?.baseFeePerGas !== undefined) return head.baseFeePerGas;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    throw usage('maxFeePerGas', `--max-fee must be given, because the RPC did not tell the base fee (${error.code})`);
  }
  throw usage('maxFeePerGas', '--max-fee must be given: the RPC shows no base fee');
};

/** What the chain's schedule asks for at least; 0 for a chain that the law does not name, which intake refuses. */
const leastOf = ({ deployment, clock }: Session, draft: Draft, from: string): bigint => {
  const chain = chainLawOf(deployment.config.law, draft.chainId);
  if (chain === undefined) return 0n;
  return neededGas(draft, gasRulesOf(chain), { from, accountExists: 'unknown', at: clock.now() }).gas;
};

/**
 * A quarter more than estimated, since state moves before it is mined. A plain transfer to an account needs no more than the schedule says.
 */
const gasOf = async (session: Session, draft: Draft, from: string): Promise<string> => {
  const { to, value, data, chainId } = draft;
  const call = { from, to: to === '' ? null : to, value: BigInt(value), data };
  const least = leastOf(session, draft, from);
  try {
    const estimate = await session.out.during('asking the chain for the gas', session.ports.estimateGas(chainId, call));
    const roomy = estimate === 21_000n ? estimate : (estimate * 5n) / 4n;
    return `${roomy > least ? roomy : least}`;
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    if (data === '0x' && to !== '') return `${least}`;
    throw usage(
      'gasLimit',
      `--gas-limit must be given: the chain could not estimate it (${error.code}: ${error.message})`,
    );
  }
};

/** Fills in what is missing. Throws USAGE naming the option, or UNKNOWN_WALLET. */
export const draftOf = async (session: Session, options: DraftOptions): Promise<Draft> => {
  const wallet = walletOf(session.deployment.config.law, options.wallet);
  const chainId = chainOf(wallet, options.chain);
  const type = options.type ?? '2';
  if (options.to === undefined)
    throw usage('to', '--to must be given; to create a contract, --to "" together with --data');
  const requester = options.requester ?? (session.deployment.lab === undefined ? undefined : session.me);
  if (requester === undefined) throw usage('requester', '--requester must be given: who asks?');
  const draft: Draft = {
    wallet: wallet.name,
    chainId,
    type,
    to: typedAddress(options.to),
    value: `${parseAmount(options.value ?? '0', '--value')}`,
    data: typedData(options.data ?? '0x'),
    accessList: '',
    gasLimit: options.gasLimit ?? '',
    ...(await feesOf(session, chainId, type, options)),
    nonce: options.nonce ?? '',
    replaces: options.replaces ?? '',
    validUntil: timeText(session.clock.now() + 1000 * parseDuration(options.validFor ?? '1h', '--valid-for')),
    reference: options.reference ?? session.uuid(),
    memo: options.memo ?? '',
    requester,
    requesterSignature: '',
  };
  return draft.gasLimit === '' ? { ...draft, gasLimit: await gasOf(session, draft, wallet.address) } : draft;
};
