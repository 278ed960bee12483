#!/usr/bin/env bash
# A transaction of Celo that pays its fee in a token looks like one that paid in CELO: ethers and web3 drop "feeCurrency".
#
# Version: ethers 6.17.0, viem 2.57.0, web3 4.16.0
# Expected: A transaction of type 0x7b (CIP-64) names the token in which gas price and fee are counted. Without it a fee is a number of unknown coins.
# Seen: ethers and web3 read the transaction without a word and leave the field out. viem keeps it, and has no "type" for it outside its Celo chain.
# Output seen:
#   ethers: {"type":123,"gasPrice":"5n"}
#   viem: {"typeHex":"0x7b","gasPrice":"5n","feeCurrency":"0x765de816845861e75a25fca122bb6898b8b1282a"}
#   web3: {"type":"123n","gasPrice":"5n"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 web3@4.16.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createPublicClient, http } from 'viem';
import { Web3 } from 'web3';
import { serveRpc, show } from './lib.mjs';

const hash = `0x${'ee'.repeat(32)}`;
const transaction = {
  hash, blockHash: `0x${'aa'.repeat(32)}`, blockNumber: '0x10', transactionIndex: '0x0', type: '0x7b', chainId: '0xa4ec', nonce: '0x9',
  from: `0x${'11'.repeat(20)}`, to: `0x${'22'.repeat(20)}`, value: '0x1', input: '0x', gas: '0x186a0', gasPrice: '0x5', maxFeePerGas: '0x9',
  maxPriorityFeePerGas: '0x1', feeCurrency: '0x765de816845861e75a25fca122bb6898b8b1282a', accessList: [], yParity: '0x1', v: '0x1',
  r: `0x${'11'.repeat(32)}`, s: `0x${'12'.repeat(32)}`,
};
const { url } = await serveRpc(({ method }) =>
  method === 'eth_chainId' ? { result: '0xa4ec' } : method === 'eth_blockNumber' ? { result: '0x10' } : { result: transaction });
const picked = ({ type, typeHex, gasPrice, feeCurrency }) => ({ type, typeHex, gasPrice, feeCurrency });
await show('ethers', async () => picked(await new JsonRpcProvider(url, 42220, { staticNetwork: true }).getTransaction(hash)));
await show('viem', async () => picked(await createPublicClient({ transport: http(url) }).getTransaction({ hash })));
await show('web3', async () => picked(await new Web3(url).eth.getTransaction(hash)));
process.exit(0);
JS
