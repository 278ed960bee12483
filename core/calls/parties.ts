import type { AbiType } from '#schemas/abi.ts';
import { allCalls, type CallNode } from './call-tree.ts';
import type { AbiValue } from './decode.ts';

/**
 * What an address is in a request. `payee`: gets ether, or an amount of a token. `spender`: may take tokens later. `target`: is called, and what
 * it is told nobody decodes. `argument`: stands in a call that only a rule of the law explains. `named`: stands there, and gets nothing by it.
 */
export type PartyRole = 'payee' | 'spender' | 'target' | 'argument' | 'named';

export interface Party {
  /** EIP-55 */
  readonly address: string;
  /** Each once, the weightiest first. */
  readonly roles: readonly PartyRole[];
}

const ORDER: readonly PartyRole[] = ['payee', 'spender', 'target', 'argument', 'named'];

type Found = readonly [role: PartyRole, address: AbiValue | undefined];

/** Whether this amount moves or allows anything. What is not a number counts as something. */
const isSomething = (amount: AbiValue | undefined): boolean => amount !== 0n;

const gets = (role: PartyRole, amount: AbiValue | undefined): PartyRole => (isSomething(amount) ? role : 'named');

/**
 * Whom a decoded call pays or empowers. A payment of nothing pays nobody: else it would make an address one that was paid before. `isPieces`:
 * the number in `transferFrom` and `approve` is which piece, and 0 is one of them.
 */
const inKnown = (node: CallNode, isPieces: boolean): readonly Found[] => {
  if (node.content.kind !== 'known') return [];
  const { function: called, values } = node.content;
  const [a, b, c, d] = values;
  switch (called.known) {
    case 'transfer':
      return [[gets('payee', b), a]];
    case 'transferFrom':
      return [
        [isPieces ? 'payee' : gets('payee', c), b],
        ['named', a],
      ];
    case 'approve':
      return [[isPieces ? 'spender' : gets('spender', b), a]];
    case 'increaseAllowance':
      return [[gets('spender', b), a]];
    case 'decreaseAllowance':
      return [['named', a]];
    case 'permit':
      return [
        [gets('spender', c), b],
        ['named', a],
      ];
    case 'permitAllowed':
      return [
        [values[4] === false ? 'named' : 'spender', b],
        ['named', a],
      ];
    case 'setApprovalForAll':
      return [[b === false ? 'named' : 'spender', a]];
    case 'safeTransferFrom':
    case 'safeTransferFromWithData':
      return [
        ['payee', b],
        ['named', a],
      ];
    case 'safeTransferFromOfMany':
      return [
        [gets('payee', d), b],
        ['named', a],
      ];
    case 'safeBatchTransferFrom':
      return [
        [Array.isArray(d) && !d.some(isSomething) ? 'named' : 'payee', b],
        ['named', a],
      ];
    case 'execTransaction':
      // Without a price for its gas a Safe pays nothing back.
      return [
        [values[6] === 0n ? 'named' : 'payee', values[8]],
        ['named', values[7]],
      ];
    case 'aggregate':
    case 'blockAndAggregate':
    case 'tryAggregate':
    case 'tryBlockAndAggregate':
    case 'aggregate3':
    case 'aggregate3Value':
    case 'multicall':
    case 'multicallUntil':
    case 'multiSend':
      return [];
    /* v8 ignore next -- the compiler sees to it that no function is left @preserve */
    default:
      return called.known satisfies never;
  }
};

const isUndecoded = ({ content }: CallNode): boolean => content.kind === 'unknown' || content.kind === 'refused';

const targetOf = (node: CallNode): Found => {
  if (node.value > 0n) return ['payee', node.to];
  return [isUndecoded(node) ? 'target' : 'named', node.to];
};

/** Every address in a value of this type. */
export const addressesIn = (type: AbiType, value: AbiValue | undefined): readonly string[] => {
  if (type.kind === 'address') return typeof value === 'string' ? [value] : [];
  if (!Array.isArray(value)) return [];
  if (type.kind === 'array') return value.flatMap((one) => addressesIn(type.of, one));
  return type.kind === 'tuple' ? type.members.flatMap((member, n) => addressesIn(member.type, value[n])) : [];
};

const NOBODY = `0x${'0'.repeat(40)}`;

/**
 * Whom the calls of a request pay, empower, call and name: each address once, in the order of the calls. `explained`: addresses in calls that
 * a rule of the law explains. `isPieces`: whether a contract is, or may be, one of pieces (ERC-721). The zero address is nobody.
 */
export const partiesOf = (
  tree: CallNode,
  explained: readonly string[],
  isPieces: (contract: string) => boolean,
): readonly Party[] => {
  const found: readonly Found[] = [
    ...allCalls(tree).flatMap((node) => [targetOf(node), ...inKnown(node, isPieces(node.to))]),
    ...explained.map((one) => ['argument', one] as const),
  ];
  const parties = new Map<string, Set<PartyRole>>();
  for (const [role, party] of found)
    if (typeof party === 'string' && party !== '' && party !== NOBODY)
      parties.set(party, (parties.get(party) ?? new Set()).add(role));
  return [...parties].map(([address, roles]) => ({ address, roles: ORDER.filter((role) => roles.has(role)) }));
};
