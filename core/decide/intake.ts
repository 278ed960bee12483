import { verifiedWalletOf } from '#core/facts/verified-wallet.ts';
import { limitsOf } from '#core/register/limits.ts';
import { closeBelieved, closeLapsed, type RegisterView, readSince } from '#core/register/rules.ts';
import { intakeProblem, type RequestProblem } from '#core/request-rules.ts';
import { sha256Hex } from '#schemas/canonical.ts';
import { type Code, isKeyturnError } from '#schemas/codes.ts';
import { type Law, walletNamed } from '#schemas/config.ts';
import { digestOf } from '#schemas/digest.ts';
import { CLOSED_OUTCOMES, type OutcomeFact, type RefusalFact, type RequestFact } from '#schemas/facts.ts';
import { bucketsOf } from '#schemas/names.ts';
import { type TransactionRequest, validUntilMs } from '#schemas/request.ts';
import { parseRequestBytes } from '#schemas/request-bytes.ts';
import { isRequestId } from '#schemas/spellings.ts';
import type { Decision } from '../decision.ts';
import { type Open, roomProblem } from './room.ts';

export interface RawMessage {
  readonly data: Uint8Array;
  readonly messageId: string;
}

/** A message that is a request of this deployment, with its id. */
export interface Recognised {
  readonly id: string;
  readonly fact: RequestFact;
  readonly referenceHash: string;
}

export type Reading =
  | { readonly kind: 'recognised'; readonly request: Recognised }
  | { readonly kind: 'refused'; readonly refusal: RefusalFact };

/** `sha256 of chainId,wallet,requester,reference`: the caller's idempotency key. */
export const referenceHashOf = ({ chainId, wallet, requester, reference }: TransactionRequest): string =>
  sha256Hex(new TextEncoder().encode([chainId, wallet, requester, reference].join(',')));

/** What a refused message still tells about its sender, so that the refusal finds its way back. Untrusted; bounded. */
const readable = (data: Uint8Array, field: string): string => {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(data.subarray(0, 256 * 1024)));
    const text = typeof value === 'object' && value !== null ? Reflect.get(value, field) : undefined;
    return typeof text === 'string' && /^[A-Za-z0-9._:@-]{1,128}$/.test(text) ? text : '';
  } catch {
    return '';
  }
};

export const refusalOf = (
  message: RawMessage,
  lawHash: string,
  {
    code,
    field,
    reason,
    existingId = '',
  }: { readonly code: Code; readonly field: string; readonly reason: string; readonly existingId?: string },
): RefusalFact => ({
  dataHash: sha256Hex(message.data),
  lawHash,
  code,
  field,
  reason,
  messageId: message.messageId,
  reference: readable(message.data, 'reference'),
  requester: readable(message.data, 'requester'),
  wallet: readable(message.data, 'wallet'),
  existingId,
});

/** Reads a message without the clock and without any stored state: the same bytes always read alike under one law. */
export const readMessage = (message: RawMessage, law: Law, lawHash: string): Reading => {
  const refused = (code: Code, field: string, reason: string): Reading => ({
    kind: 'refused',
    refusal: refusalOf(message, lawHash, { code, field, reason }),
  });
  let request: TransactionRequest;
  try {
    request = parseRequestBytes(message.data);
  } catch (error) {
    if (!isKeyturnError(error)) throw error;
    return refused(error.code, error.field ?? '', error.message);
  }
  const wallet = walletNamed(law, request.wallet);
  if (wallet === undefined) return refused('UNKNOWN_WALLET', 'wallet', `the law knows no wallet ${request.wallet}`);
  if (!wallet.chains.some(({ chainId }) => chainId === request.chainId))
    return refused('UNKNOWN_CHAIN', 'chainId', `wallet ${wallet.name} does not sign for chain ${request.chainId}`);
  const id = digestOf(request, wallet.address, bucketsOf(law.name).register);
  return {
    kind: 'recognised',
    request: {
      id,
      fact: { id, walletAddress: wallet.address, lawHash, request },
      referenceHash: referenceHashOf(request),
    },
  };
};

/** One use of a reference, and what became of it. */
export interface ReferenceUse {
  readonly attempt: bigint;
  readonly id: string;
  readonly replaces: string;
  readonly end: UseEnd;
}

/**
 * `holds`: it is open, or the chain decided it. `told`: an outcome says that it ended unsealed, which is a function's word until the
 * register shows it. `free`: the register does, or it was never accepted at all.
 */
export type UseEnd = 'holds' | 'told' | 'free';

/** What is stored about a recognised request and its reference. */
export interface IntakeState {
  readonly accepted: boolean;
  /** Every use of the reference, newest first. */
  readonly uses: readonly ReferenceUse[];
  readonly open: Open;
}

export interface Acceptance {
  readonly request: Recognised;
  /** Undefined where the reference names this id already: a delivery that died half way. */
  readonly attempt: bigint | undefined;
}

/** What an accepted request's outcome, where it has one, says of its reference. */
export const toldEnd = (outcome: OutcomeFact | undefined): UseEnd =>
  outcome !== undefined && CLOSED_OUTCOMES.includes(outcome.outcome) ? 'told' : 'holds';

/**
 * ms. Since when a view must show the register, to prove the end of a use. Undefined where no view can. Whoever writes outcomes may write
 * requests and references: one that is not what it is stored as names another time, or another log.
 */
export const provableSince = (
  { id }: ReferenceUse,
  { fact, referenceHash }: { readonly fact: RequestFact | undefined; readonly referenceHash: string },
  law: Law,
  now: number,
): number | undefined => {
  if (fact?.id !== id || referenceHashOf(fact.request) !== referenceHash || !verifiedWalletOf(fact, law))
    return undefined;
  const validUntil = validUntilMs(fact.request);
  return closeLapsed(now, validUntil, limitsOf(law)) ? undefined : readSince(validUntil, now, limitsOf(law));
};

/** What the register shows of an end that is told: only a close that is believed frees a reference. */
export const provenEnd = ({ id, request }: RequestFact, view: RegisterView, law: Law): UseEnd =>
  closeBelieved(id, validUntilMs(request), view, limitsOf(law)) === undefined ? 'told' : 'free';

/** The request at the end of a chain of replacements: all of them may carry one reference. */
const rootAmong = (uses: readonly ReferenceUse[], id: string, replaces: string, depth = 0): string => {
  if (!isRequestId(replaces) || depth > uses.length) return id;
  const target = uses.find((use) => use.id === replaces);
  return target === undefined ? replaces : rootAmong(uses, target.id, target.replaces, depth + 1);
};

/** Another request that holds the reference: neither seen to have ended unsealed nor replaced by this one, at any remove. */
const holderOf = (request: Recognised, uses: readonly ReferenceUse[]): ReferenceUse | undefined => {
  const root = rootAmong(uses, request.id, request.fact.request.replaces);
  return uses.find(
    (use) => use.id !== request.id && use.end !== 'free' && rootAmong(uses, use.id, use.replaces) !== root,
  );
};

/** Whether a recognised request is accepted. A request that was accepted once is, however late it is repeated: same id, same answer. */
export const decideIntake = (
  { message, request }: { readonly message: RawMessage; readonly request: Recognised },
  state: IntakeState,
  { law, lawHash }: { readonly law: Law; readonly lawHash: string },
  now: number,
): Decision<Acceptance, RefusalFact> => {
  if (state.accepted) return { kind: 'act', act: { request, attempt: undefined } };
  const refuse = ({ code, field, reason }: RequestProblem, existingId = ''): Decision<Acceptance, RefusalFact> => ({
    kind: 'refuse',
    refusal: refusalOf(message, lawHash, { code, field, reason, existingId }),
  });
  const problem = intakeProblem(request.fact.request, law, now) ?? roomProblem(state.open, request.fact.request, law);
  if (problem !== undefined) return refuse(problem);
  const holder = holderOf(request, state.uses);
  if (holder !== undefined) {
    const unproven = holder.end === 'told' ? ', and the register shows no close of it that counts' : '';
    const reason = `names request ${holder.id} already${unproven}`;
    return refuse({ code: 'REFERENCE_USED', field: 'reference', reason }, holder.id);
  }
  const [newest] = state.uses;
  const attempt = newest?.id === request.id ? undefined : (newest?.attempt ?? 0n) + 1n;
  return { kind: 'act', act: { request, attempt } };
};

/** Whether all depends on ends that are only told: then the register is to be asked, and else never. */
export const isRegisterAsked = (
  recognised: { readonly message: RawMessage; readonly request: Recognised },
  state: IntakeState,
  config: { readonly law: Law; readonly lawHash: string },
  now: number,
): boolean => {
  if (!state.uses.some(({ end }) => end === 'told')) return false;
  const uses = state.uses.map((use): ReferenceUse => (use.end === 'told' ? { ...use, end: 'free' } : use));
  return decideIntake(recognised, { ...state, uses }, config, now).kind === 'act';
};
