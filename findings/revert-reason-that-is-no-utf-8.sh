#!/usr/bin/env bash
# A revert reason with one byte that is no UTF-8 is no reason at all for ethers, and none for web3.
#
# Version: ethers 6.17.0, viem 2.57.0, web3 4.16.0
# Expected: Error(string) of Solidity holds any bytes: it does not check them. What can be read of them is told, as viem does.
# Seen: ethers says that it could not decode, and gives null for reason and revert. web3 says that something reverted.
# Output seen:
#   ethers: {"reason":null,"revert":null,"shortMessage":"execution reverted (could not decode reason; invalid string data)"}
#   viem: {"reason":"No�!"}
#   web3: {"message":"Error happened while trying to execute a function inside a smart contract","cause":"execution reverted"}
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0 web3@4.16.0
run <<'JS'
import { AbiCoder, Contract, JsonRpcProvider } from 'ethers';
import { createPublicClient, http, parseAbi } from 'viem';
import { Web3 } from 'web3';
import { serveRpc, show } from './lib.mjs';

// Bytes and text have one encoding. These are "No", the byte 0xff and "!".
const data = `0x08c379a0${AbiCoder.defaultAbiCoder().encode(['bytes'], ['0x4e6fff21']).slice(2)}`;
const { url } = await serveRpc(({ method }) =>
  method === 'eth_chainId' ? { result: '0x1' } : { error: { code: 3, message: 'execution reverted', data } });
const to = `0x${'11'.repeat(20)}`;
const abi = ['function due() view returns (uint256)'];
const thrown = (promise) => promise.then(() => 'nothing thrown', (error) => error);
await show('ethers', async () => {
  const provider = new JsonRpcProvider(url, 1, { staticNetwork: true });
  const { reason, revert, shortMessage } = await thrown(new Contract(to, abi, provider).due());
  return { reason, revert, shortMessage };
});
await show('viem', async () => {
  const client = createPublicClient({ transport: http(url) });
  const error = await thrown(client.readContract({ address: to, abi: parseAbi(abi), functionName: 'due' }));
  return { reason: error.cause.reason };
});
await show('web3', async () => {
  const { message, cause } = await thrown(new Web3(url).eth.call({ to }));
  return { message, cause: cause.message };
});
process.exit(0);
JS
