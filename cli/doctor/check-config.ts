import { imageNameOf, isNoDigest } from '#cli/deploy/image-context.ts';
import { type Config, coSignerNamed, horizonSeconds, type Wallet } from '#schemas/config.ts';
import { initiatorFindings } from './check-initiators.ts';
import type { Finding, Findings } from './finding.ts';
import { ok, warned, wrong } from './finding.ts';
import { sameHostFindings } from './same-host.ts';
import { shallowFinality } from './shallow-finality.ts';

const DAY = 86_400;

const lawFindings = ({ law, lawHash }: Config, lab: boolean): Findings => [
  ok(`law ${lawHash}`),
  law.register.lock === 'required'
    ? ok(`the register must be locked for ${law.register.retentionSeconds} s`)
    : warned(
        'the law does not ask for a locked register: the owner of its bucket could make a wallet sign twice',
        lab ? '' : 'Set law.register.lock to "required" before a wallet holds real money.',
      ),
  ...(law.register.lock === 'required' && law.register.retentionSeconds > horizonSeconds(law) + 400 * DAY
    ? [warned('the register is kept for more than a year: what is locked cannot be deleted', 'Is that meant?')]
    : []),
  ...(law.endpoints !== undefined && !lab
    ? [wrong('law.endpoints sends Google clients elsewhere', 'Remove endpoints from the law: they are for a lab.')]
    : []),
  ...(law.register.projectNumber === law.operator.projectNumber && law.register.lock === 'required'
    ? [
        warned(
          "the register lies in the operator's own project",
          'Keep it in a project of its own, whose owner does not operate.',
        ),
      ]
    : []),
];

/** Rules under which nobody knows, or nothing limits, what leaves a wallet. */
const looseRules = ({ name, policy }: Wallet): Findings =>
  policy.rules
    .filter(({ effect }) => effect === 'allow')
    .flatMap((rule) => {
      const at = `${name}: rule ${rule.name}`;
      return [
        ...(rule.maxValueWei === undefined
          ? [
              warned(
                `${at} allows any amount to ${rule.destinations.includes('*') ? 'anybody' : 'the destinations that it names'}`,
                'Set maxValueWei.',
              ),
            ]
          : []),
        ...(rule.tokens === 'any'
          ? [warned(`${at} allows any amount of any token`, 'List the tokens, each with maxUnits.')]
          : []),
        ...(rule.opaque === true
          ? [
              warned(
                `${at} allows calls that cannot be decoded: no cap and no window of tokens counts what they move`,
                'Name their functions in calls.',
              ),
            ]
          : []),
        ...(rule.destinations.includes('create')
          ? [warned(`${at} allows contract creation: what init code does cannot be decoded`, 'Is that meant?')]
          : []),
      ];
    });

const walletFindings = ({ law }: Config): Findings =>
  law.wallets.flatMap((wallet) => {
    const projects = wallet.holders.map(({ coSigner }) => coSignerNamed(law, coSigner)?.releaseKey.split('/')[1] ?? '');
    const together = Math.max(...projects.map((one) => projects.filter((other) => other === one).length));
    return [
      ok(`${wallet.name} ${wallet.address}: ${wallet.threshold} of ${wallet.holders.length}, commitments fit`),
      ...(wallet.threshold === 1
        ? [warned(`${wallet.name}: one co-signer alone can approve`, 'Choose a threshold of 2 or more.')]
        : []),
      ...(together >= wallet.threshold && law.register.lock === 'required'
        ? [
            warned(
              `${wallet.name}: ${together} release keys lie in one project, whose owner could accept an image alone`,
              'Give each co-signer a project of their own.',
            ),
          ]
        : []),
      ...looseRules(wallet),
      ...initiatorFindings(wallet, law),
    ];
  });

const operationsFindings = ({ law, operations }: Config, lab: boolean): Findings => {
  const used = [...new Set(law.wallets.flatMap(({ chains }) => chains.map(({ chainId }) => chainId)))];
  const chains = used.map((chainId) => {
    const urls = operations.rpc.find((one) => one.chainId === chainId)?.urls ?? [];
    if (urls.length === 0)
      return wrong(`chain ${chainId} has no RPC url`, 'Add one to operations.rpc, or no transaction is ever sent.');
    return ok(`chain ${chainId}: ${urls.length} RPC ${urls.length === 1 ? 'url, trusted' : 'urls'}`);
  });
  const plain = operations.rpc.flatMap(({ urls }) => urls).filter((url) => !url.startsWith('secret:'));
  const { digest } = imageNameOf(operations.image);
  return [
    ...chains,
    ...law.chains.filter(({ chainId }) => used.includes(chainId)).flatMap(shallowFinality),
    ...sameHostFindings({ law, operations }),
    ...(plain.length > 0 && !lab
      ? [
          warned(
            `${plain.length} RPC urls are in clear in the configuration, with any API key in them`,
            'Put them into Secret Manager: secret:projects/PROJECT/secrets/NAME.',
          ),
        ]
      : []),
    isNoDigest(digest)
      ? warned('there is no image yet', 'Build it, push it, and put its digest into operations.image.')
      : ok(`image ${digest}`),
  ];
};

/** What can be told from a valid keyturn.json alone. */
export const configFindings = (config: Config, lab: boolean): readonly Finding[] => [
  ...lawFindings(config, lab).map((one) => ({ area: 'law', ...one })),
  ...walletFindings(config).map((one) => ({ area: 'wallets', ...one })),
  ...operationsFindings(config, lab).map((one) => ({ area: 'operations', ...one })),
];
