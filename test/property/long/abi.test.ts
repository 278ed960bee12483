import { test } from 'vitest';
import { agreesWithViem, refusesWhatReencodesOtherwise } from '#test/support/calls/abi-agreement.ts';

test('the decoder reads what viem reads, of ten thousand functions and calls', { timeout: 300_000 }, () =>
  agreesWithViem(10_000),
);

test('it admits what encodes again to the same bytes, and nothing else: ten thousand', { timeout: 300_000 }, () =>
  refusesWhatReencodesOtherwise(10_000),
);
