import type { Session } from '#cli/app/session.ts';
import { parseAmount, parseDuration } from '#cli/app/units.ts';
import { walletGiven } from '#cli/app/wallet-option.ts';
import { mostFeeWei } from '#core/policy.ts';
import { neededGas } from '#core/transaction/gas-rules.ts';
import { roomyGas, tipFrom, usualCeiling, withinPolicy } from '#core/transaction/suggest-fees.ts';
import { isKeyturnError, KeyturnError } from '#schemas/codes.ts';
import { chainOf as chainLawOf, coSignerNamed, type Law, type Wallet } from '#schemas/config.ts';
import { type GasRules, gasRulesOf } from '#schemas/gas-rules.ts';
import { parseRequest, type RequestField } from '#schemas/request.ts';
import { timeText } from '#schemas/spellings.ts';
import { estimateOf } from './outlook.ts';
import { tokenTransfer } from './token-transfer.ts';
import { typedAddress, typedData, typedReplaces } from './typed-fields.ts';

/** The options of `keyturn request`, as typed. */
export interface DraftOptions {
  readonly wallet?: string;
  readonly chain?: string;
  readonly type?: string;
  readonly to?: string;
  readonly value?: string;
  readonly token?: string;
  readonly amount?: string;
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

const usage = (field: string, message: string) => new KeyturnError('USAGE', message, { field });

const walletOf = (law: Law, given: string | undefined): Wallet => {
  const [only, ...others] = law.wallets;
  if (given === undefined && only !== undefined && others.length === 0) return only;
  if (given === undefined)
    throw usage('wallet', `--wallet: say which one of ${law.wallets.map(({ name }) => name).join(', ')}`);
  return walletGiven(law, given);
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

/** The rules of a chain of the law; of one that it does not name, which intake refuses, the strictest. */
const rulesOf = ({ deployment: { config } }: Session, chainId: string): GasRules =>
  gasRulesOf(chainLawOf(config.law, chainId) ?? { chainId });

/** wei per gas. Throws USAGE where no node suggests one. */
const suggestedTip = async (session: Session, chainId: string): Promise<bigint> => {
  const asked = session.ports.hints(chainId).then((hints) => hints.tips());
  const tip = tipFrom(
    await session.out.during('asking the chain for its tips', asked),
    rulesOf(session, chainId).leastTip,
  );
  if (tip === undefined)
    throw usage('maxPriorityFeePerGas', '--max-priority-fee must be given: the RPC suggests no tip');
  return tip;
};

/**
 * wei. What is not given is asked of the chain. The ceiling is 2 × base fee + tip, so that it holds while the base fee doubles. It stays within
 * the policy.
 */
const feesOf = async (session: Session, draft: Draft, wallet: Wallet, options: DraftOptions) => {
  const { chainId, type } = draft;
  const given = options.maxFee === undefined ? undefined : parseAmount(options.maxFee, '--max-fee');
  const ownTip =
    options.maxPriorityFee === undefined ? undefined : parseAmount(options.maxPriorityFee, '--max-priority-fee');
  if (given !== undefined && type !== '2') return { maxFeePerGas: `${given}`, maxPriorityFeePerGas: '' };
  const base = given === undefined ? await baseFee(session, chainId) : 0n;
  const tip = ownTip ?? (await suggestedTip(session, chainId));
  const usual = given ?? usualCeiling(base, tip);
  const price = given ?? withinPolicy(usual, BigInt(draft.gasLimit), mostFeeWei(draft, wallet.policy));
  return {
    maxFeePerGas: `${price}`,
    maxPriorityFeePerGas: type === '2' ? `${ownTip ?? (tip < price ? tip : price)}` : '',
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

/** Throws USAGE where the chain cannot say: no number is as good as a guess. */
const gasOf = async (session: Session, draft: Draft, from: string): Promise<string> => {
  const rules = rulesOf(session, draft.chainId);
  const estimate = await estimateOf(session, draft, from);
  if (estimate.kind === 'gas') {
    const { gas: least } = neededGas(draft, rules, { from, accountExists: 'unknown', at: session.clock.now() });
    return `${roomyGas(estimate.gas, least, rules.maxTransactionGas)}`;
  }
  const why =
    estimate.kind === 'reverts'
      ? `the chain says that this would fail: ${estimate.reason}`
      : `the chain could not estimate it (${estimate.reason})`;
  throw usage('gasLimit', `--gas-limit must be given: ${why}`);
};

/** In a lab whoever runs the command. The name of a co-signer nobody may ask by: what alice tries out, the dApp asks for. */
const labRequester = ({ deployment: { lab, config }, me }: Session): string | undefined => {
  if (lab === undefined || me === undefined) return undefined;
  return coSignerNamed(config.law, me) === undefined ? me : 'dapp';
};

/** Where it goes, and with what call: as typed, or the payment of a token. */
const targetOf = (law: Law, chainId: string, { to, data, value, token, amount }: DraftOptions) => {
  if (to === undefined) throw usage('to', '--to must be given; to create a contract, --to "" together with --data');
  const typed = { to: typedAddress(to), data: typedData(data ?? '0x') };
  if (token === undefined && amount === undefined) return typed;
  if (token === undefined)
    throw usage('amount', '--amount: is of a token, which --token names. For ether give --value');
  if (amount === undefined) throw usage('token', `--token: say how much with --amount, such as 12.5`);
  if (data !== undefined || value !== undefined)
    throw usage('token', '--token: makes the call by itself. Leave out --data and --value');
  return tokenTransfer(law, chainId, { token, amount, to: typed.to });
};

/** Fills in what is missing. Throws USAGE naming the option. */
export const draftOf = async (session: Session, options: DraftOptions): Promise<Draft> => {
  const wallet = walletOf(session.deployment.config.law, options.wallet);
  const chainId = chainOf(wallet, options.chain);
  const type = options.type ?? '2';
  const { to, data } = targetOf(session.deployment.config.law, chainId, options);
  const requester = options.requester ?? labRequester(session);
  if (requester === undefined) throw usage('requester', '--requester must be given: who asks?');
  const draft: Draft = {
    wallet: wallet.name,
    chainId,
    type,
    to,
    value: `${parseAmount(options.value ?? '0', '--value')}`,
    data,
    accessList: '',
    gasLimit: options.gasLimit ?? '',
    maxFeePerGas: '',
    maxPriorityFeePerGas: '',
    nonce: options.nonce ?? '',
    replaces: typedReplaces(options.replaces ?? ''),
    validUntil: timeText(session.clock.now() + 1000 * parseDuration(options.validFor ?? '1h', '--valid-for')),
    reference: options.reference ?? session.uuid(),
    memo: options.memo ?? '',
    requester,
    requesterSignature: '',
  };
  if (options.maxPriorityFee !== undefined && ['0', '1'].includes(type))
    throw usage('maxPriorityFeePerGas', `--max-priority-fee: type ${type} has no tip. Leave it out`);
  // A bad field is told before the chain is asked about it.
  parseRequest({
    ...draft,
    gasLimit: draft.gasLimit === '' ? '0' : draft.gasLimit,
    maxFeePerGas: '0',
    maxPriorityFeePerGas: type === '2' ? '0' : '',
  });
  const gasLimit = draft.gasLimit === '' ? await gasOf(session, draft, wallet.address) : draft.gasLimit;
  const fees = await feesOf(session, { ...draft, gasLimit }, wallet, options);
  return { ...draft, gasLimit, ...fees };
};
