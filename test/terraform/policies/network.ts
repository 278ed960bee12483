import { BlockList, isIPv4 } from 'node:net';
import { block, blocks, ofType, type Plan, type Resource, text, texts } from '../plan.ts';
import type { Policy, Subject } from './finding.ts';

const EVERYWHERE = '0.0.0.0/0';

/** RFC 1918, and the tunnels of IAP, which Google lets nobody through without a right (https://cloud.google.com/iap/docs/using-tcp-forwarding). */
const INSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '35.235.240.0/20'];
/** A network's whole range: each region takes a /24 of a /16. */
const MOST_ADDRESSES = 2 ** 16;

const partsOf = (range: string): readonly [address: string, bits: number] => {
  const [address = '', bits = ''] = range.split('/');
  return [address, isIPv4(address) && /^\d+$/.test(bits) ? Number(bits) : Number.NaN];
};

const isWithin = (range: string, outer: string): boolean => {
  const [[address, bits], [around, most]] = [partsOf(range), partsOf(outer)];
  if (Number.isNaN(bits) || bits < most) return false;
  const list = new BlockList();
  list.addSubnet(around, most);
  return list.check(address);
};

const sizeOf = (range: string): number => 2 ** (32 - partsOf(range)[1]);

const isEgress = ({ values }: Resource): boolean => text(values, 'direction') === 'EGRESS';
const isOn = ({ values }: Resource): boolean => values.disabled !== true;

/** By how many addresses a rule is reached, and not by what its ranges are called: two halves of the Internet are the Internet. */
export const nobodyOutsideComesIn: Policy = ({ plan }) =>
  ofType(plan, 'google_compute_firewall')
    .filter((rule) => !isEgress(rule) && isOn(rule) && blocks(rule.values, 'allow').length > 0)
    .flatMap(({ address, values }) => {
      const sources = texts(values, 'source_ranges');
      const size = sources.map(sizeOf).reduce((sum, each) => sum + each, 0);
      const named = texts(values, 'target_service_accounts').length > 0;
      const narrow = blocks(values, 'allow').every((allow) => texts(allow, 'ports').length > 0);
      return [
        ...(sources.length === 0 ? [`${address}: lets in whoever there is: no source_ranges`] : []),
        ...sources
          .filter((range) => !INSIDE.some((outer) => isWithin(range, outer)))
          .map((range) => `${address}: lets ${sizeOf(range)} addresses of the Internet in: ${range}`),
        ...(size <= 2 * MOST_ADDRESSES
          ? []
          : [`${address}: lets ${size} addresses in, a network has ${MOST_ADDRESSES}`]),
        ...(named ? [] : [`${address}: lets in to every machine: no target_service_accounts`]),
        ...(narrow ? [] : [`${address}: lets in at every port`]),
      ];
    });

/** HTTPS for Google's services and RPC urls, and the port of a node of the lab's own. */
const portsOut = ({ config: { operations } }: Subject): readonly string[] => {
  const ports = operations.rpc.flatMap(({ urls }) => urls.map((url) => /^http:\/\/[^/]+:(\d+)/.exec(url)?.[1]));
  return [...new Set(['443', ...ports.filter((port) => port !== undefined)])].sort();
};

const priority = ({ values }: Resource): number => Number(text(values, 'priority') || '1000');

const denialProblems = (rule: Resource, allows: readonly Resource[]): readonly string[] => {
  const { address, values } = rule;
  const checks: readonly (readonly [boolean, string])[] = [
    [text(block(values, 'deny'), 'protocol') === 'all', 'must deny all protocols'],
    [texts(block(values, 'deny'), 'ports').length === 0, 'must deny all ports'],
    [texts(values, 'destination_ranges').join() === EVERYWHERE, `must deny ${EVERYWHERE}`],
    [allows.every((allow) => priority(allow) < priority(rule)), 'must come after the rules that allow'],
  ];
  return checks.flatMap(([holds, why]) => (holds ? [] : [`${address}: the rule that denies ${why}`]));
};

const allowProblems = (subject: Subject, { address, values }: Resource): readonly string[] => {
  const wanted = portsOut(subject);
  return blocks(values, 'allow').flatMap((allow) => {
    const ports = texts(allow, 'ports');
    return text(allow, 'protocol') === 'tcp' && [...ports].sort().join() === wanted.join()
      ? []
      : [
          `${address}: lets ${text(allow, 'protocol')} out to ${ports.join(', ') || 'every port'}: only tcp to ${wanted.join(', ')} is used`,
        ];
  });
};

/** A network of Google's lets everything out unless a rule denies it: exactly one does, last of all, for the machines that hold keys. */
export const onlyHttpsGoesOut: Policy = (subject) => {
  const { plan, config } = subject;
  const workload = config.law.operator.workloadAccount;
  return ofType(plan, 'google_compute_network').flatMap(({ address, values }) => {
    const rules = ofType(plan, 'google_compute_firewall').filter(
      (rule) => isEgress(rule) && isOn(rule) && text(rule.values, 'network') === text(values, 'name'),
    );
    const allows = rules.filter((rule) => blocks(rule.values, 'allow').length > 0);
    const denies = rules.filter((rule) => blocks(rule.values, 'deny').length > 0);
    const others = rules.filter((rule) => texts(rule.values, 'target_service_accounts').join() !== workload);
    return [
      ...(denies.length === 1 ? [] : [`${address}: ${denies.length} egress rules deny, exactly one must`]),
      ...others.map((rule) => `${rule.address}: must be about ${workload} and nobody else`),
      ...denies.flatMap((rule) => denialProblems(rule, allows)),
      ...allows.flatMap((rule) => allowProblems(subject, rule)),
    ];
  });
};

const subnetworks = (plan: Plan): readonly string[] =>
  ofType(plan, 'google_compute_subnetwork').flatMap(({ address, values }) => [
    ...(values.private_ip_google_access === true ? [] : [`${address}: private_ip_google_access must be true`]),
    // No rule here speaks of IPv6.
    ...(['', 'IPV4_ONLY'].includes(text(values, 'stack_type')) ? [] : [`${address}: must have IPv4 alone`]),
  ]);

/** Networks are made as written and by nobody else, and reach Google's services by their private way. */
export const networksArePrivate: Policy = ({ plan }) => [
  ...subnetworks(plan),
  ...ofType(plan, 'google_compute_network').flatMap(({ address, values }) =>
    values.auto_create_subnetworks === false ? [] : [`${address}: auto_create_subnetworks must be false`],
  ),
];
