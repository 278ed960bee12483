#!/usr/bin/env bash
# ethers and viem cannot sign with an account of Ganache: it wants typed data as an object, and has no personal_sign.
#
# Version: ganache 7.9.2, ethers 6.17.0, viem 2.57.0
# Expected: A signature. eth_signTypedData_v4 of other nodes takes the JSON text that both libraries send.
# Seen: Ganache refuses the text, and signs the same payload when it comes as an object.
# Output seen:
#   ethers signTypedData: throws could not coalesce error
#   viem signTypedData: throws Invalid JSON was received by the server. An error occurred on the server while parsing the JSON text.
#   ethers signMessage: throws unsupported operation
#   as text: throws cannot sign data; string sent, expected object
#   as an object: 132 characters
#   personal_sign: throws The method personal_sign does not exist/is not available
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ganache@7.9.2 ethers@6.17.0 viem@2.57.0
run <<'JS'
import { JsonRpcProvider } from 'ethers';
import { createWalletClient, http } from 'viem';
import { call, ganache, show } from './lib.mjs';

const url = await ganache();
const [account] = await call(url, 'eth_accounts');
const domain = { name: 'Shop' };
const types = { Pay: [{ name: 'wei', type: 'uint256' }] };
const message = { wei: '5' };
const payload = { domain, types: { EIP712Domain: [{ name: 'name', type: 'string' }], ...types }, primaryType: 'Pay', message };
const length = (signature) => `${signature.length} characters`;
const signer = await new JsonRpcProvider(url).getSigner(account);
await show('ethers signTypedData', async () => length(await signer.signTypedData(domain, types, message)));
const wallet = createWalletClient({ account, transport: http(url) });
await show('viem signTypedData', async () => length(await wallet.signTypedData({ domain, types, primaryType: 'Pay', message: { wei: 5n } })));
await show('ethers signMessage', async () => length(await signer.signMessage('pay')));
await show('as text', async () => length(await call(url, 'eth_signTypedData_v4', account, JSON.stringify(payload))));
await show('as an object', async () => length(await call(url, 'eth_signTypedData_v4', account, payload)));
await show('personal_sign', async () => length(await call(url, 'personal_sign', '0x706179', account)));
process.exit(0);
JS
