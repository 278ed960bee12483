import { vi } from 'vitest';
import { type Claims, signJwt, unverifiedClaims } from '#local/cloud/identity/jwt.ts';
import { newSigningKey, type SigningKey } from '#local/cloud/identity/signing-key.ts';
import type { TestLab } from '../../e2e/support/lab.ts';

/** Who signs: the attestation service, and somebody whose key it does not publish. */
export interface Signers {
  readonly service: SigningKey;
  readonly stranger: SigningKey;
}

/** A token in the place of the one that the attestation service made, with these claims. */
export type Mint = (claims: Claims, signers: Signers) => string;

export const signed = ({ privateKey, jwk }: SigningKey, claims: Claims): string =>
  signJwt(privateKey, { kid: jwk.kid }, claims);

export interface Minting extends Signers {
  /** Tokens of the machine of this name are made so from now on. */
  spoil(machine: string, mint: Mint): void;
  /** Those of every machine that was not named. Undefined: as the service makes them. */
  spoilRest(mint: Mint | undefined): void;
  /** The tokens for STS that were handed to a machine, oldest first. */
  tokensOf(machine: string): readonly string[];
  /** What STS answered to a machine: `let in`, or its refusal. */
  answersTo(machine: string): readonly string[];
}

/** Stands where the attestation service stands: between what a machine is, and the token for STS that says so. */
export const takeOverMinting = ({ lab }: TestLab): Minting => {
  const { verifier, sts } = lab.servers;
  const signers = { service: newSigningKey(), stranger: newSigningKey() };
  const mints = new Map<string, Mint>();
  const holders = new Map<string, string>();
  const answers: { readonly machine: string; readonly answer: string }[] = [];
  let rest: Mint | undefined;

  const published = verifier.jwks().keys;
  vi.spyOn(verifier, 'jwks').mockImplementation(() => ({ keys: [...published, signers.service.jwk] }));
  const real = verifier.defaultToken.bind(verifier);
  vi.spyOn(verifier, 'defaultToken').mockImplementation((instance) => {
    const mint = mints.get(instance.instanceName) ?? rest;
    const token = real(instance);
    const made = mint === undefined ? token : mint(unverifiedClaims(token), signers);
    holders.set(made, instance.instanceName);
    return made;
  });
  const exchange = sts.exchange.bind(sts);
  vi.spyOn(sts, 'exchange').mockImplementation((form) => {
    const machine = holders.get(form.subject_token ?? '') ?? 'nobody';
    try {
      const answer = exchange(form);
      answers.push({ machine, answer: 'let in' });
      return answer;
    } catch (error) {
      const words = error instanceof Error ? `${String(Reflect.get(error, 'code'))}: ${error.message}` : 'no error';
      answers.push({ machine, answer: words });
      throw error;
    }
  });
  return {
    ...signers,
    spoil: (machine, mint) => void mints.set(machine, mint),
    spoilRest: (mint) => {
      rest = mint;
    },
    tokensOf: (name) => [...holders].filter(([, machine]) => machine === name).map(([token]) => token),
    answersTo: (name) => answers.filter(({ machine }) => machine === name).map(({ answer }) => answer),
  };
};
