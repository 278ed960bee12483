/** Chains whose nodes call no block final: under `finality: finalized` nothing on them would ever be settled. Chain id: name. */
const WITHOUT_FINALIZED: Readonly<Record<string, string>> = {
  // https://github.com/iotexproject/iotex-core/issues/4942
  '4689': 'IoTeX',
  '4690': 'IoTeX Testnet',
};

/** The chain's name, where it is known to have no block called `finalized`. */
export const withoutFinalized = (chainId: string): string | undefined =>
  Object.hasOwn(WITHOUT_FINALIZED, chainId) ? WITHOUT_FINALIZED[chainId] : undefined;
