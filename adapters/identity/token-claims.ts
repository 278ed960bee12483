/**
 * What a token says, without a look at its signature: undefined where it says nothing. For tokens that come from the launcher's socket. An
 * attacker who can forge those could forge this process too.
 */
export const claimsOf = (token: string): Readonly<Record<string, unknown>> | undefined => {
  const [, payload = ''] = token.split('.');
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8'));
    return typeof claims === 'object' && claims !== null ? { ...claims } : undefined;
  } catch {
    // What JSON.parse throws repeats the text, and a token belongs in no log.
    return undefined;
  }
};
