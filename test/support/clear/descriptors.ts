import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { keccak256 } from 'ethers';
import { TOKEN } from '#test/support/cli/people.ts';

/** Descriptors after the ABIs of public contracts, in words of these tests. */
export type Plain = Record<string, unknown>;

export const ROUTER = '0xE592427A0AEce92De3Edee1F18E0157C05861564';
export const POOL = '0x87870Bca3F3fD6335C3F4ce8392D69350B4fA4E2';
export const SAFE = '0x41675C099F32341bf84BFc5382aF534df5C7461a';
export const WRAPPED = '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2';

const $schema = '../specs/erc7730-v2.schema.json';

const contractOf = (address: string) => ({ contract: { deployments: [{ chainId: 31337, address }] } });

export const descriptorOf = (address: string, formats: Plain, more: Plain = {}): Plain => ({
  $schema,
  context: contractOf(address),
  metadata: { owner: 'Test House', contractName: 'Test Contract', ...more },
  display: { formats },
});

export const TRANSFER = 'transfer(address to,uint256 amount)';

export const transferFormat = (over: Plain = {}): Plain => ({
  intent: 'Hand over coins',
  interpolatedIntent: 'Hand over {amount} to {to}',
  fields: [
    { path: 'amount', label: 'Coins', format: 'tokenAmount', params: { tokenPath: '@.to' } },
    { path: 'to', label: 'Recipient', format: 'addressName' },
  ],
  ...over,
});

export const erc20 = (over: Plain = {}): Plain =>
  descriptorOf(
    TOKEN,
    {
      [TRANSFER]: transferFormat(),
      'approve(address spender,uint256 amount)': {
        intent: 'Let somebody take coins',
        fields: [
          { path: 'spender', label: 'Spender', format: 'addressName' },
          {
            path: 'amount',
            label: 'Up to',
            format: 'tokenAmount',
            params: { tokenPath: '@.to', threshold: '$.metadata.constants.much', message: 'All there is' },
          },
        ],
      },
      ...over,
    },
    { constants: { much: `0x8${'0'.repeat(63)}` } },
  );

export const SWAP =
  'exactInputSingle((address tokenIn,address tokenOut,uint24 fee,address recipient,uint256 deadline,uint256 amountIn,uint256 amountOutMinimum,uint160 sqrtPriceLimitX96) params)';

export const router = (): Plain =>
  descriptorOf(ROUTER, {
    [SWAP]: {
      intent: 'Trade',
      interpolatedIntent: 'Trade {params.amountIn} for {params.amountOutMinimum} or more',
      fields: [
        {
          path: 'params',
          fields: [
            { path: 'amountIn', label: 'Gives', format: 'tokenAmount', params: { tokenPath: 'tokenIn' } },
            {
              path: 'amountOutMinimum',
              label: 'Gets at least',
              format: 'tokenAmount',
              params: { tokenPath: 'tokenOut' },
            },
            { path: 'recipient', label: 'For', format: 'addressName', params: { types: ['eoa'], sources: ['ens'] } },
            { path: 'fee', label: 'Pool takes', format: 'unit', params: { base: '%', decimals: 4 } },
            { path: 'deadline', label: 'Before', format: 'date', params: { encoding: 'timestamp' } },
          ],
        },
      ],
    },
  });

export const REPAY = 'repay(address asset, uint256 amount, uint256 interestRateMode, address onBehalfOf)';

export const pool = (): Plain =>
  descriptorOf(
    POOL,
    {
      [REPAY]: {
        intent: { Deed: 'Give back a loan', Place: 'Test pool' },
        fields: [
          {
            path: '#.amount',
            $ref: '$.display.definitions.sum',
            params: { tokenPath: 'asset', threshold: '$.metadata.constants.max', message: 'Everything' },
          },
          { path: 'interestRateMode', label: 'Rate', format: 'enum', params: { $ref: '$.metadata.enums.rates' } },
          { path: 'onBehalfOf', label: 'Whose loan', format: 'addressName' },
        ],
      },
      'setLock(uint256 time,bool on)': {
        intent: 'Lock',
        fields: [
          { path: 'time', label: 'Lasts', format: 'duration' },
          { path: 'on', label: 'On', visible: 'never' },
        ],
      },
    },
    { enums: { rates: { '1': 'fixed', '2': 'moving' } }, constants: { max: `0x${'f'.repeat(64)}` } },
  );
// The definition that `repay` refers to.
export const poolWhole = (): Plain => {
  const whole = pool();
  const display = whole.display as Plain;
  return { ...whole, display: { ...display, definitions: { sum: { label: 'Sum', format: 'tokenAmount' } } } };
};

export const EXEC =
  'execTransaction(address to,uint256 value,bytes data,uint8 operation,uint256 safeTxGas,uint256 baseGas,uint256 gasPrice,address gasToken,address refundReceiver,bytes signatures)';

export const safe = (): Plain =>
  descriptorOf(
    SAFE,
    {
      [EXEC]: {
        intent: 'Act as the vault',
        fields: [
          { path: 'to', label: 'Acts on', format: 'addressName' },
          { path: 'value', label: 'Sends', format: 'amount' },
          { path: 'data', label: 'Does', format: 'calldata', params: { calleePath: 'to', amountPath: 'value' } },
          { path: 'operation', label: 'How', format: 'enum', params: { $ref: '$.metadata.enums.kinds' } },
        ],
      },
    },
    { enums: { kinds: { '0': 'as a call', '1': 'as code of its own' } } },
  );

/** ERC-8176 without the code under test: the canonical text by the library itself. */
export const hashOf = (whole: Plain): string => {
  const { includes: _, ...rest } = whole;
  return keccak256(new TextEncoder().encode(canonicalize(rest) ?? ''));
};

export interface Pinboard {
  /** Of the law's file; the descriptors lie in a folder beside it. */
  readonly lawFile: string;
  readonly folder: string;
  /** Writes a descriptor, as JSON or as it stands. */
  write(name: string, content: unknown): void;
  close(): void;
}

export const pinboard = (): Pinboard => {
  const root = mkdtempSync(join(tmpdir(), 'keyturn-clear-'));
  const folder = join(root, 'descriptors');
  mkdirSync(folder);
  return {
    lawFile: join(root, 'keyturn.json'),
    folder,
    write: (name, content) =>
      writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content)),
    close: () => rmSync(root, { recursive: true, force: true }),
  };
};
