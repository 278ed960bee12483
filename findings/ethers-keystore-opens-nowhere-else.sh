#!/usr/bin/env bash
# A keystore file that ethers wrote is opened by ethers alone: it names its member "Crypto", and others read "crypto".
#
# Version: ethers 6.17.0, web3-eth-accounts 4.3.1, @ethereumjs/wallet 10.0.0
# Expected: Any library opens any version 3 keystore. The definition, geth's files and the other libraries have "crypto".
# Seen: web3 and ethereumjs fail with messages that do not say why. With the one letter changed, all three open the file.
# Output seen:
#   ethers: opened
#   web3: throws Web3 validator found 1 error[s]:
#   ethereumjs: throws Cannot read properties of undefined (reading 'kdf')
#   with "crypto", ethers: opened
#   with "crypto", web3: opened
#   with "crypto", ethereumjs: opened
#   a file of web3, ethers: opened
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 web3-eth-accounts@4.3.1 @ethereumjs/wallet@10.0.0
run <<'JS'
import { Wallet } from '@ethereumjs/wallet';
import { decryptKeystoreJson, encryptKeystoreJson } from 'ethers';
import { decrypt, encrypt } from 'web3-eth-accounts';
import { ADDRESS, KEY, show } from './lib.mjs';

const password = 'a password';
const file = await encryptKeystoreJson({ address: ADDRESS, privateKey: KEY }, password, { scrypt: { N: 1024, r: 8, p: 1 } });
const opened = (key) => (key === KEY ? 'opened' : 'another key');
const openers = {
  ethers: async (text) => opened((await decryptKeystoreJson(text, password)).privateKey),
  web3: async (text) => opened((await decrypt(text, password)).privateKey),
  ethereumjs: async (text) => opened(`0x${Buffer.from((await Wallet.fromV3(text, password)).getPrivateKey()).toString('hex')}`),
};
for (const [name, open] of Object.entries(openers)) await show(name, () => open(file));
const renamed = file.replace('"Crypto"', '"crypto"');
for (const [name, open] of Object.entries(openers)) await show(`with "crypto", ${name}`, () => open(renamed));
const other = JSON.stringify(await encrypt(KEY, password, { n: 1024 }));
await show('a file of web3, ethers', () => openers.ethers(other));
JS
