import { Mnemonic } from 'ethers';

/**
 * Twelve words for an id, which two people compare by phone: BIP-39 over its first 16 bytes. Of shorter codes, whoever writes requests can
 * make many until two have the same. They are no key of any wallet.
 */
export const wordsOf = (id: string): string => Mnemonic.entropyToPhrase(`0x${id.slice(0, 32)}`);

/** The same as two lines of six words. */
export const wordsInTwo = (id: string): readonly [string, string] => {
  const all = wordsOf(id).split(' ');
  return [all.slice(0, 6).join(' '), all.slice(6).join(' ')];
};
