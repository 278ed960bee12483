const OPCODES = {
  ADD: '01',
  SUB: '03',
  LT: '10',
  EQ: '14',
  SHL: '1b',
  SHR: '1c',
  KECCAK256: '20',
  ADDRESS: '30',
  CALLER: '33',
  CALLDATALOAD: '35',
  CALLDATACOPY: '37',
  POP: '50',
  MSTORE: '52',
  SLOAD: '54',
  SSTORE: '55',
  JUMP: '56',
  JUMPI: '57',
  GAS: '5a',
  JUMPDEST: '5b',
  DUP1: '80',
  DUP2: '81',
  SWAP1: '90',
  LOG3: 'a3',
  RETURN: 'f3',
  DELEGATECALL: 'f4',
  REVERT: 'fd',
} as const;

const isOpcode = (word: string): word is keyof typeof OPCODES => Object.hasOwn(OPCODES, word);
const byte = (n: number): string => n.toString(16).padStart(2, '0');

/** Bytecode of words: opcodes, bytes to push in hex, `name:` for a place to jump to, and `@name` to push that place. A place is one byte. */
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
    if (word.endsWith(':')) {
      if (at > 0xff) throw new RangeError(`${word} lies too far behind to be jumped to`);
      places.set(word.slice(0, -1), at);
    }
    at += codeOf(word).length / 2;
  }
  return `0x${words.map(codeOf).join('')}`;
};

/**
 * Runtime code of the least token that pays: transfer, approve, balanceOf and allowance of ERC-20 with their events. The balance of an address lies
 * in the slot of that number. multicall(bytes[]) calls the token itself in the caller's name, as OpenZeppelin's Multicall does, and returns
 * nothing. More than there is, and any other call, reverts.
 */
export const TOKEN_CODE = assembled(`
  00 CALLDATALOAD e0 SHR
  DUP1 a9059cbb EQ @transfer JUMPI
  DUP1 70a08231 EQ @balance JUMPI
  DUP1 095ea7b3 EQ @approve JUMPI
  DUP1 dd62ed3e EQ @allowance JUMPI
  DUP1 ac9650d8 EQ @multicall JUMPI
  none: 00 00 REVERT
  transfer: POP
    24 CALLDATALOAD CALLER SLOAD
    DUP2 DUP2 LT @none JUMPI
    DUP2 SWAP1 SUB CALLER SSTORE
    04 CALLDATALOAD SLOAD ADD 04 CALLDATALOAD SSTORE
    24 CALLDATALOAD 00 MSTORE
    04 CALLDATALOAD CALLER ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef 20 00 LOG3
    01 00 MSTORE 20 00 RETURN
  multicall: POP 00
  loop: DUP1 24 CALLDATALOAD EQ @done JUMPI
    DUP1 05 SHL 44 ADD CALLDATALOAD 44 ADD DUP1 CALLDATALOAD
    SWAP1 20 ADD DUP2 SWAP1 00 CALLDATACOPY
    00 SWAP1 00 SWAP1 00 ADDRESS GAS DELEGATECALL
    @next JUMPI 00 00 REVERT
  next: 01 ADD @loop JUMP
  done: 00 00 RETURN
  balance: 04 CALLDATALOAD SLOAD 00 MSTORE 20 00 RETURN
  allowance: 04 CALLDATALOAD 00 MSTORE 24 CALLDATALOAD 20 MSTORE 40 00 KECCAK256 SLOAD 00 MSTORE 20 00 RETURN
  approve: POP
    24 CALLDATALOAD CALLER 00 MSTORE 04 CALLDATALOAD 20 MSTORE 40 00 KECCAK256 SSTORE
    24 CALLDATALOAD 00 MSTORE
    04 CALLDATALOAD CALLER 8c5be1e5ebec7d5bd14f71427d1e84f3dd0314c0f7b2291e5b200ac8c7c3b925 20 00 LOG3
    01 00 MSTORE 20 00 RETURN
`);

/** Runtime code of a token that moves nothing and says so: it answers each call with false, and does not revert. */
export const FALSE_CODE = assembled('20 00 RETURN');
