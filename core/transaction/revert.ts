import { AbiCoder, dataSlice, getBytes, isHexString } from 'ethers';

const ERROR = '0x08c379a0';
const PANIC = '0x4e487b71';
const MAX_REASON_CHARS = 200;
const UTF8 = new TextDecoder();

/** Solidity's panic codes (docs.soliditylang.org, "Panic via assert and Error via require"). */
const PANICS: Readonly<Record<string, string>> = {
  '1': 'assertion failed',
  '17': 'arithmetic overflow',
  '18': 'division by zero',
  '33': 'invalid enum value',
  '34': 'broken storage array',
  '49': 'pop of an empty array',
  '50': 'index out of bounds',
  '65': 'out of memory',
  '81': 'call of an uninitialized function',
};

/** A contract writes these words and people read them on a terminal: no control or direction-changing characters, one line, bounded. */
const harmless = (text: string): string => {
  const plain = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Cn}]/gu, '?');
  return plain.length > MAX_REASON_CHARS ? `${plain.slice(0, MAX_REASON_CHARS)}…` : plain;
};

const decode = (type: string, data: string): string | undefined => {
  try {
    return String(AbiCoder.defaultAbiCoder().decode([type], dataSlice(data, 4))[0]);
  } catch {
    return undefined;
  }
};

/** Return data of a reverted call, in words: Error(string), Panic(uint256), a custom error by its selector, or that there were none. */
export const revertReason = (data: string | undefined): string => {
  if (data === undefined || !isHexString(data)) return 'no reason given';
  if (data === '0x') return 'without a reason';
  const selector = data.slice(0, 10).toLowerCase();
  if (selector === ERROR) {
    // Solidity checks no text, and text has the encoding of bytes. What is no UTF-8 is shown as U+FFFD, the rest is read.
    const words = decode('bytes', data);
    if (words !== undefined) return `“${harmless(UTF8.decode(getBytes(words)))}”`;
  }
  if (selector === PANIC) {
    const code = decode('uint256', data);
    if (code !== undefined) return `panic ${code}${PANICS[code] === undefined ? '' : `: ${PANICS[code]}`}`;
  }
  return data.length < 10 ? `return data ${data}` : `custom error ${selector}`;
};
