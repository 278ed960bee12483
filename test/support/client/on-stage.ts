import type { Client, PaymentFields, Requester } from '#client/api.ts';
import { clientOn } from '#client/client.ts';
import { type Pipeline, stage } from '#test/support/stage.ts';

export const PAYEE = '0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed';

/** A payment that the stage's law admits. */
export const payment = (over: Partial<PaymentFields> = {}): PaymentFields => ({
  reference: 'invoice-7',
  to: PAYEE,
  value: 10n ** 18n,
  gasLimit: 21_000n,
  maxFeePerGas: 30n * 10n ** 9n,
  maxPriorityFeePerGas: 10n ** 9n,
  chainId: 31337,
  ...over,
});

export interface OnStage {
  readonly client: Client;
  readonly pipeline: Pipeline;
  /** What was published, as text. */
  readonly published: string[];
  /** Runs at each publish instead of intake. */
  deliver: (data: Uint8Array) => Promise<unknown>;
}

/** A client whose messages intake takes at once, over the pipeline in memory. */
export const onStage = (
  options: { readonly requester?: string | Requester; readonly pipeline?: Pipeline } = {},
): OnStage => {
  const pipeline = options.pipeline ?? stage();
  const published: string[] = [];
  const on: { deliver: OnStage['deliver'] } = { deliver: (data) => pipeline.deliver(data) };
  const client = clientOn(
    {
      clock: pipeline.clock,
      storage: async () => pipeline.storage,
      publisher: async () => ({
        publish: async (topic, { data, attributes }) => {
          published.push(`${topic} ${JSON.stringify(attributes)} ${new TextDecoder().decode(data)}`);
          await on.deliver(data);
        },
      }),
      subscriber: async () => {
        throw new Error('nothing to follow');
      },
      close: async () => {},
    },
    pipeline.config,
    options.requester ?? 'dapp',
  );
  return Object.assign(on, { client, pipeline, published });
};
