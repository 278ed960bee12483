import { type AbiFunction, abiFunction } from './abi.ts';

/**
 * Functions that mean the same wherever they are. ERC-20 (with the allowance calls of OpenZeppelin), EIP-2612 and DAI's permit, ERC-721,
 * ERC-1155, Multicall2 and 3, `multicall` as Uniswap has it, Safe.
 */
const TEXTS = {
  transfer: 'transfer(address to, uint256 amount)',
  transferFrom: 'transferFrom(address from, address to, uint256 amount)',
  approve: 'approve(address spender, uint256 amount)',
  increaseAllowance: 'increaseAllowance(address spender, uint256 amount)',
  decreaseAllowance: 'decreaseAllowance(address spender, uint256 amount)',
  permit: 'permit(address owner, address spender, uint256 amount, uint256 deadline, uint8 v, bytes32 r, bytes32 s)',
  permitAllowed:
    'permit(address holder, address spender, uint256 nonce, uint256 expiry, bool allowed, uint8 v, bytes32 r, bytes32 s)',
  setApprovalForAll: 'setApprovalForAll(address operator, bool approved)',
  safeTransferFrom: 'safeTransferFrom(address from, address to, uint256 id)',
  safeTransferFromWithData: 'safeTransferFrom(address from, address to, uint256 id, bytes data)',
  safeTransferFromOfMany: 'safeTransferFrom(address from, address to, uint256 id, uint256 amount, bytes data)',
  safeBatchTransferFrom:
    'safeBatchTransferFrom(address from, address to, uint256[] ids, uint256[] amounts, bytes data)',
  aggregate: 'aggregate((address target, bytes callData)[] calls)',
  blockAndAggregate: 'blockAndAggregate((address target, bytes callData)[] calls)',
  tryAggregate: 'tryAggregate(bool requireSuccess, (address target, bytes callData)[] calls)',
  tryBlockAndAggregate: 'tryBlockAndAggregate(bool requireSuccess, (address target, bytes callData)[] calls)',
  aggregate3: 'aggregate3((address target, bool allowFailure, bytes callData)[] calls)',
  aggregate3Value: 'aggregate3Value((address target, bool allowFailure, uint256 value, bytes callData)[] calls)',
  multicall: 'multicall(bytes[] data)',
  multicallUntil: 'multicall(uint256 deadline, bytes[] data)',
  execTransaction:
    'execTransaction(address to, uint256 value, bytes data, uint8 operation, uint256 safeTxGas, uint256 baseGas, uint256 gasPrice, address gasToken, address refundReceiver, bytes signatures)',
  multiSend: 'multiSend(bytes transactions)',
} as const;

export type KnownName = keyof typeof TEXTS;

export interface KnownFunction extends AbiFunction {
  readonly known: KnownName;
}

const NAMES: readonly KnownName[] = Object.keys(TEXTS).filter((key): key is KnownName => key in TEXTS);

let bySelector: ReadonlyMap<string, KnownFunction> | undefined;

/** Reading them takes 15 ms: a process that looks at no data does not spend them on its start. */
const tableOf = (): ReadonlyMap<string, KnownFunction> =>
  new Map(
    NAMES.map((known) => {
      const declared = abiFunction(TEXTS[known]);
      return [declared.selector, { ...declared, known }];
    }),
  );

/** By the first four bytes of data, `0x` and 8 hex digits. */
export const knownFunction = (selector: string): KnownFunction | undefined => {
  bySelector ??= tableOf();
  return bySelector.get(selector);
};
