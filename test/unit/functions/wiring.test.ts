import { UserRefreshClient } from 'google-auth-library';
import { expect, test, vi } from 'vitest';
import type { ReconcileContext } from '#functions/runtime/context.ts';
import { serve } from '#functions/runtime/serve.ts';
import { MemoryEventKey } from '#test/support/event-keys.ts';
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

test('finalize and reconcile, and no other function, are wired to sign where the law names a key', async () => {
  const found: Record<string, boolean> = {};
  const { context } = stage();
  const law = { ...context.law, eventKeys: [new MemoryEventKey('events-1').key] };
  for (const name of ['intake', 'collect', 'launch', 'finalize', 'reconcile']) {
    vi.mocked(serve).mockClear();
    vi.resetModules();
    await import(`#functions/${name}/index.ts`);
    const [, wire] = vi.mocked(serve<ReconcileContext>).mock.calls[0] ?? [];
    const authClient = new UserRefreshClient();
    const [plain, signing] = [await wire?.(context, authClient), await wire?.({ ...context, law }, authClient)];
    expect(plain?.publisher, name).toBe(context.publisher);
    found[name] = signing?.publisher !== context.publisher;
  }
  expect(found).toEqual({ intake: false, collect: false, launch: false, finalize: true, reconcile: true });
});
