import { getAddress } from 'ethers';

/** EIP-55 of an address in a topic of a log; undefined where the word holds more than an address. */
export const addressIn = (topic: string | undefined): string | undefined =>
  topic?.startsWith(`0x${'0'.repeat(24)}`) ? getAddress(`0x${topic.slice(26)}`) : undefined;
