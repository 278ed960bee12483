import { Interface } from 'ethers';

const byte = (n: number): string => n.toString(16).padStart(2, '0');

/** Copies what lies behind these 12 bytes to memory, and ends by `opcode` with it. */
const copying = (body: string, opcode: 'return' | 'revert'): string => {
  const length = byte(body.length / 2);
  return `60${length}600c60003960${length}6000${opcode === 'return' ? 'f3' : 'fd'}${body}`;
};

/** Init code of a contract that runs `runtime`, at most 255 bytes. */
const contract = (runtime: string): string => `0x${copying(runtime, 'return')}`;

/** Error("no"), as Solidity encodes it. */
export const REVERT_DATA = new Interface(['error Error(string)']).encodeErrorResult('Error', ['no']);

/** Init code of a contract that reverts every call with REVERT_DATA. */
export const REVERTER = contract(copying(REVERT_DATA.slice(2), 'revert'));

/** Init code of a contract that stores the first word of each call in its slot 0. */
export const KEEPER = contract('600035600055' + '00');

/** Init code that logs the one topic 1, and makes a contract without code. */
export const LOGGER = '0x600160006000a160006000f3';
