#!/usr/bin/env bash
# With the Transfer events of ERC-20 and ERC-721 in one ABI, ethers throws on the logs of whichever stands second.
#
# Version: ethers 6.17.0, viem 2.57.0
# Expected: Both have one first topic. The number of topics tells them apart, so each log is read by the event that fits.
# Seen: ethers throws on a valid log, and so does decodeEventLog of viem. Only parseEventLogs of viem tries the second event.
# Output seen:
#   ethers, ERC-20 log, ERC-20 first: 7n
#   ethers, ERC-20 log, ERC-721 first: throws data out-of-bounds
#   ethers, ERC-721 log, ERC-20 first: throws data out-of-bounds
#   viem decodeEventLog, ERC-721 log, ERC-20 first: throws Data size of 0 bytes is too small for non-indexed event parameters.
#   viem parseEventLogs, ERC-721 log, ERC-20 first: [{"from":"0x1111111111111111111111111111111111111111","to":"0x2222222222222222222222222222222222222222","tokenId":"7n"}]
set -euo pipefail
. "$(dirname "$0")/lib.sh"
install ethers@6.17.0 viem@2.57.0
run <<'JS'
import { Interface } from 'ethers';
import { decodeEventLog, parseAbi, parseEventLogs } from 'viem';
import { show } from './lib.mjs';

const coin = 'event Transfer(address indexed from, address indexed to, uint256 value)';
const art = 'event Transfer(address indexed from, address indexed to, uint256 indexed tokenId)';
const word = (hex) => `0x${hex.padStart(64, '0')}`;
const topics = [
  '0xddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef',
  word('11'.repeat(20)),
  word('22'.repeat(20)),
];
const coinLog = { topics, data: word('7') };
const artLog = { topics: [...topics, word('7')], data: '0x' };
const byEthers = (abi, log) => new Interface(abi).parseLog(log)?.args[2];
await show('ethers, ERC-20 log, ERC-20 first', () => byEthers([coin, art], coinLog));
await show('ethers, ERC-20 log, ERC-721 first', () => byEthers([art, coin], coinLog));
await show('ethers, ERC-721 log, ERC-20 first', () => byEthers([coin, art], artLog));
const abi = parseAbi([coin, art]);
await show('viem decodeEventLog, ERC-721 log, ERC-20 first', () => decodeEventLog({ abi, ...artLog }).args);
await show('viem parseEventLogs, ERC-721 log, ERC-20 first', () => parseEventLogs({ abi, logs: [artLog] }).map(({ args }) => args));
JS
