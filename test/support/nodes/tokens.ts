const OPCODES = {
  ADD: '01',
  SUB: '03',
  LT: '10',
  EQ: '14',
  SHR: '1c',
  CALLER: '33',
  CALLDATALOAD: '35',
  POP: '50',
  MSTORE: '52',
  SLOAD: '54',
  SSTORE: '55',
  JUMPI: '57',
  JUMPDEST: '5b',
  DUP1: '80',
  DUP2: '81',
  SWAP1: '90',
  LOG3: 'a3',
  RETURN: 'f3',
  REVERT: 'fd',
} as const;

const isOpcode = (word: string): word is keyof typeof OPCODES => Object.hasOwn(OPCODES, word);
const byte = (n: number): string => n.toString(16).padStart(2, '0');

/** Bytecode of words: opcodes, bytes to push in hex, `name:` for a place to jump to, and `@name` to push that place. At most 255 bytes. */
const assembled = (text: string): string => {
  const places = new Map<string, number>();
  const codeOf = (word: string): string => {
    if (word.endsWith(':')) return OPCODES.JUMPDEST;
    if (word.startsWith('@')) return `60${byte(places.get(word.slice(1)) ?? 0)}`;
    return isOpcode(word) ? OPCODES[word] : `${byte(0x5f + word.length / 2)}${word}`;
  };
  const words = text.trim().split(/\s+/);
  let at = 0;
  for (const word of words) {
    if (word.endsWith(':')) places.set(word.slice(0, -1), at);
    at += codeOf(word).length / 2;
  }
  return `0x${words.map(codeOf).join('')}`;
};

/**
 * Runtime code of the least token that pays: transfer(address,uint256) with its event, and balanceOf(address) of ERC-20. The balance of an
 * address lies in the slot of that number. More than there is, and any other call, reverts.
 */
export const TOKEN_CODE = assembled(`
  00 CALLDATALOAD e0 SHR
  DUP1 a9059cbb EQ @transfer JUMPI
  DUP1 70a08231 EQ @balance JUMPI
  none: 00 00 REVERT
  transfer: POP
    24 CALLDATALOAD CALLER SLOAD
    DUP2 DUP2 LT @none JUMPI
    DUP2 SWAP1 SUB CALLER SSTORE
    04 CALLDATALOAD SLOAD ADD 04 CALLDATALOAD SSTORE
    24 CALLDATALOAD 00 MSTORE
    04 CALLDATALOAD CALLER ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 20 00 LOG3
    01 00 MSTORE 20 00 RETURN
  balance: 04 CALLDATALOAD SLOAD 00 MSTORE 20 00 RETURN
`);

/** Runtime code of a token that moves nothing and says so: it answers each call with false, and does not revert. */
export const FALSE_CODE = assembled('20 00 RETURN');
