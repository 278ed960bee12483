import { test } from 'vitest';
import { attachesAsEthers, signsAsOthers, writesAsEthers } from '#test/support/curve-agreement.ts';

const LONG = { timeout: 600_000 };

test('libsecp256k1 signs what ethers and noble sign: ten thousand keys and digests', LONG, () => signsAsOthers(10_000));
test('each rung has the bytes that ethers writes: ten thousand requests', LONG, () => writesAsEthers(10_000));
test('a signed rung has the bytes that ethers writes: two thousand', LONG, () => attachesAsEthers(2000));
