/** A requester that goes by an address, however it is written, claims a key, and can sign; any other name is a mere claim. */
export const isSigner = (requester: string): boolean => /^0[xX][0-9a-fA-F]{40}$/.test(requester);
