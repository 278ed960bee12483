import { allCalls, type CallNode, callTree } from '#core/calls/call-tree.ts';
import { addressesIn, type Party, type PartyRole, partiesOf } from '#core/calls/parties.ts';
import { functionByRule, readCall } from '#core/policy-call.ts';
import type { SealItem } from '#core/register/entry.ts';
import type { RegisterView } from '#core/register/rules.ts';
import { type Law, tokensOn, type Wallet } from '#schemas/config.ts';
import type { TransactionRequest } from '#schemas/request.ts';

/** What an address got. `named` gets nothing. */
export type GettingRole = Exclude<PartyRole, 'named'>;

/** All of it: who is paid by a request may be let spend by the same one. */
export const gettingRoles = ({ roles }: Party): readonly GettingRole[] => roles.filter((role) => role !== 'named');

const explainedIn = (node: CallNode, { policy: { rules } }: Wallet): readonly string[] => {
  const { content } = readCall(node, rules);
  const called = node.content.kind === 'unknown' ? functionByRule(node, rules) : undefined;
  if (called === undefined || content.kind !== 'decoded') return [];
  return called.inputs.flatMap(({ type }, n) => addressesIn(type, content.values[n]));
};

/**
 * Whom a request pays, empowers, calls and names, as the law of the reader decodes it. Of a contract that the law does not name, 0 may be an
 * amount or a piece. `doubt`: `piece`, to warn of it; `amount`, where it must not make an address known.
 */
export const partiesIn = (
  request: TransactionRequest,
  wallet: Wallet,
  law: Pick<Law, 'chains'>,
  doubt: 'piece' | 'amount' = 'piece',
): readonly Party[] => {
  const { tokens } = tokensOn(law, request.chainId);
  const tree = callTree(request, tokens);
  const isPieces = (contract: string): boolean => {
    const token = tokens.find((one) => one.address === contract);
    return token === undefined ? doubt === 'piece' : token.standard === 'erc721';
  };
  const explained = allCalls(tree).flatMap((node) => explainedIn(node, wallet));
  return partiesOf(tree, explained, isPieces);
};

/** A request that the wallet's key sealed. `at`: ms, when its entry was created. */
export interface SealedRequest {
  readonly item: Pick<SealItem, 'id' | 'request' | 'rungs'>;
  readonly at: number;
}

/** What the register shows of a wallet on a chain before one request: the newest first. */
export interface Earlier {
  readonly sealed: readonly SealedRequest[];
  /** By address, then by what it got there: the newest first. */
  readonly parties: ReadonlyMap<string, ReadonlyMap<GettingRole, readonly SealedRequest[]>>;
}

/** Each request once, however many generations hold it, and without the one that is looked at. */
const sealedIn = (view: RegisterView, id: string): readonly SealedRequest[] => {
  const found = new Map<string, SealedRequest>();
  for (const { entry, timeCreated } of view.entries)
    if (entry.kind === 'seal')
      for (const item of entry.items)
        if (item.id !== id && !found.has(item.id)) found.set(item.id, { item, at: timeCreated });
  return [...found.values()].sort((a, b) => b.at - a.at);
};

export const earlierIn = (
  view: RegisterView,
  { id, wallet }: { readonly id: string; readonly wallet: Wallet },
  law: Pick<Law, 'chains'>,
): Earlier => {
  const sealed = sealedIn(view, id);
  const parties = new Map<string, Map<GettingRole, SealedRequest[]>>();
  for (const one of sealed)
    for (const { address, roles } of partiesIn(one.item.request, wallet, law, 'amount'))
      for (const role of roles) {
        if (role === 'named') continue;
        const byRole = parties.get(address) ?? new Map<GettingRole, SealedRequest[]>();
        byRole.set(role, [...(byRole.get(role) ?? []), one]);
        parties.set(address, byRole);
      }
  return { sealed, parties };
};
