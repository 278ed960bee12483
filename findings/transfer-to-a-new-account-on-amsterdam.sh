#!/usr/bin/env bash
# Under the rules of the next fork a transfer with 21000 gas to a new account is mined, and fails.
#
# Version: @ethereumjs/vm 10.1.3, hardfork "amsterdam" as it has it (the fork's schedule may still change)
# Expected: 21000 gas is what a plain transfer costs, and has always been enough.
# Seen: Out of gas, status 0, the whole fee is paid. With 204600 gas it succeeds and uses all of it: 183600 more than before.
# Output seen:
#   osaka, gas limit 21000: status 1, 21000 gas paid
#   osaka, gas limit 204600: status 1, 21000 gas paid
#   amsterdam, gas limit 21000: status 0, 21000 gas paid
#   amsterdam, gas limit 204600: status 1, 204600 gas paid
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install @ethereumjs/vm@10.1.3 @ethereumjs/common@10.1.3 @ethereumjs/tx@10.1.3 @ethereumjs/block@10.1.3 @ethereumjs/util@10.1.3
run <<'JS'
import { createBlock } from '@ethereumjs/block';
import { Common, Mainnet } from '@ethereumjs/common';
import { createTx } from '@ethereumjs/tx';
import { Account, hexToBytes } from '@ethereumjs/util';
import { createVM, runTx } from '@ethereumjs/vm';
import { KEY } from './lib.mjs';

for (const hardfork of ['osaka', 'amsterdam'])
  for (const gasLimit of [21_000n, 204_600n]) {
    const common = new Common({ chain: Mainnet, hardfork });
    const vm = await createVM({ common });
    const tx = createTx({ type: 2, nonce: 0, to: `0x${'22'.repeat(20)}`, value: 1n, gasLimit, maxFeePerGas: 100n, maxPriorityFeePerGas: 1n }, { common }).sign(hexToBytes(KEY));
    await vm.stateManager.putAccount(tx.getSenderAddress(), new Account(0n, 10n ** 18n));
    const block = createBlock({ header: { number: 1n, gasLimit: 30_000_000n, baseFeePerGas: 7n } }, { common });
    const { receipt, totalGasSpent } = await runTx(vm, { tx, block });
    console.log(`${hardfork}, gas limit ${gasLimit}: status ${receipt.status}, ${totalGasSpent} gas paid`);
  }
JS
