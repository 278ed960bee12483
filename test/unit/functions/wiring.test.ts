import { UserRefreshClient } from 'google-auth-library';
import { expect, test, vi } from 'vitest';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { serve } from '#functions/runtime/serve.ts';
import { stage } from '#test/support/stage.ts';

vi.mock('#functions/runtime/serve.ts', () => ({ serve: vi.fn() }));

/** All are left out where nothing is kept from tick to tick (tests, the simulation): in the deployed function they must be there. */
test('reconcile remembers from tick to tick which requests are in hand, and at which registers it looked', async () => {
  await import('#functions/reconcile/index.ts');
  const [name, wire] = vi.mocked(serve<ReconcileContext>).mock.calls[0] ?? [];
  expect(name).toBe('reconcile');
  const authClient = new UserRefreshClient();
  const first = await wire?.(stage().context, authClient);
  const second = await wire?.(stage().context, authClient);
  expect(first?.periodChecks).toBeInstanceOf(Map);
  expect(first?.lawKept).toBeInstanceOf(Map);
  expect(second?.lawKept).toBe(first?.lawKept);
  expect(first?.inHand).toBeInstanceOf(Set);
  expect(second?.periodChecks).toBe(first?.periodChecks);
  expect(second?.inHand).toBe(first?.inHand);
});
