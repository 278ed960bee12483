#!/usr/bin/env bash
# "The" MultiSend of Safe 1.3.0 has three addresses, and the list's default address is not there on a quarter of its chains.
#
# Version: @safe-global/safe-deployments 1.37.63
# Expected: Safe's contracts come from a factory, so that a version has one address everywhere; the default address of a chain asked for is on it.
# Seen: Chains that take only transactions with a chain id got another address, and zkSync computes addresses otherwise. Some chains have all three.
#       "defaultAddress" is the canonical one for each chain asked for. The first of the chain's own list is right.
# Output seen:
#   1.3.0: 3 addresses, 442 chains, 178 with more than one, 105 without the default address
#   1.4.1: 2 addresses, 409 chains, 5 with more than one, 2 without the default address
#   1.5.0: 1 address, 125 chains, 0 with more than one, 0 without the default address
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @safe-global/safe-deployments@1.37.63
run <<'JS'
import { createRequire } from 'node:module';

const { getMultiSendDeployment, getMultiSendDeployments } = createRequire(import.meta.url)('@safe-global/safe-deployments');
for (const version of ['1.3.0', '1.4.1', '1.5.0']) {
  const { deployments } = getMultiSendDeployment({ version });
  const chains = Object.entries(getMultiSendDeployments({ version }).networkAddresses).map(([network, found]) => ({ network, found: [found].flat() }));
  const several = chains.filter(({ found }) => found.length > 1).length;
  const without = chains.filter(({ network, found }) => !found.includes(getMultiSendDeployment({ version, network }).defaultAddress)).length;
  const count = Object.keys(deployments).length;
  console.log(`${version}: ${count} address${count > 1 ? "es" : ""}, ${chains.length} chains, ${several} with more than one, ${without} without the default address`);
}
JS
