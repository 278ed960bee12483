import type { StartedProcess } from '#local/cloud/processes/children.ts';
import type { Json } from '#local/cloud/runtime/journal.ts';
import { filesOf } from './files.ts';
import type { Secret } from './forms.ts';
import { placesOf, type Recorded } from './records.ts';
import { type Leak, leaksIn, type Place } from './scan.ts';
import { kmsSecrets, walletSecrets } from './secrets.ts';

/** A place in which a test puts a secret on purpose. */
export interface Allowed {
  /** Of one place: all of its name, or the start of it. */
  readonly where: string;
  readonly reason: string;
}

/** Every access token of the local cloud begins so, as Google's do. */
const ACCESS_TOKEN = { name: 'an access token', text: 'ya29.local-' };

/** Names what lies where and in which form. Never the secret. */
export class LeakFound extends Error {
  override readonly name = 'LeakFound';
}

const sentence = ({ secret, form, where }: Leak): string => `${secret} lies as ${form} in: ${where}`;

/**
 * Sees all that a lab keeps, starts and says, and at its end looks for the secrets in it. Every lab of the end-to-end, hostile and fault
 * tests has one.
 */
export class LeakWatch {
  readonly #recorded: Recorded[] = [];
  readonly #places: Place[] = [];
  readonly #lines = new Map<string, string[]>();
  readonly #secrets = new Map<string, Secret>();
  readonly #allowed: Allowed[] = [];

  readonly onRecord = (service: string, record: Json): void => {
    this.#recorded.push({ service, record });
  };

  readonly onProcess = ({ name, command, args, env }: StartedProcess): void => {
    this.#places.push({ where: `arguments of ${name}`, bytes: Buffer.from([command, ...args].join('\n')) });
    const variables = Object.entries(env).map(([key, value]) => `${key}=${value}`);
    this.#places.push({ where: `environment of ${name}`, bytes: Buffer.from(variables.join('\n')) });
  };

  /** What a process sent to a collector of telemetry. */
  readonly onTelemetry = (path: string, bytes: Uint8Array): void => {
    this.#places.push({ where: `telemetry ${path}`, bytes: Buffer.from(bytes) });
  };

  /** One line that somebody logged, printed or noted. */
  readonly onLine = (source: string, line: string): void => {
    const known = this.#lines.get(source);
    if (known === undefined) this.#lines.set(source, [line]);
    else known.push(line);
  };

  /** One more secret: that of a wallet which the test itself makes. */
  guard(...secrets: readonly Secret[]): void {
    for (const secret of secrets) this.#secrets.set(secret.name, secret);
  }

  /** Takes the shares in the folder of a lab as secrets. */
  guardFolder(folder: string): void {
    this.guard(...walletSecrets(folder));
  }

  /** Looks into the other files of the folder of a lab, while it is there. */
  lookInto(folder: string): void {
    this.#places.push(...filesOf(folder));
  }

  /** The test puts a secret into this one place, and says why. It must be found there. */
  allow(...allowed: readonly Allowed[]): void {
    this.#allowed.push(...allowed);
  }

  /** Shares, keys of wallets, key material of the KMS, and access tokens: all that is looked for. */
  get secrets(): readonly Secret[] {
    const material = this.#recorded.flatMap(({ service, record }) => (service === 'kms' ? kmsSecrets(record) : []));
    return [...this.#secrets.values(), ...material, ACCESS_TOKEN];
  }

  /** Where any of these bytes lie so far, allowed or not, also in what else was said (`more`). */
  find(secrets: readonly Secret[], more: readonly Place[] = []): readonly Leak[] {
    const lines = [...this.#lines].map(
      ([source, all]): Place => ({ where: `log of ${source}`, bytes: Buffer.from(all.join('\n')) }),
    );
    return leaksIn([...this.#recorded.flatMap(placesOf), ...this.#places, ...lines, ...more], secrets);
  }

  /** Throws LeakFound where a secret lies where no test put it, or where one is allowed that is not there. */
  check(more: readonly Place[] = []): void {
    // A scan for nothing finds nothing.
    if (this.#secrets.size === 0) throw new Error('no secret is known: nothing could be found');
    const leaks = this.find(this.secrets, more);
    const isAllowed = ({ where }: Leak): boolean => this.#allowed.some((one) => where.startsWith(one.where));
    const idle = this.#allowed.filter((one) => !leaks.some(({ where }) => where.startsWith(one.where)));
    const words = [
      ...leaks.filter((leak) => !isAllowed(leak)).map(sentence),
      ...idle.map(({ where, reason }) => `a secret is allowed and not found in: ${where} (${reason})`),
    ];
    if (words.length > 0) throw new LeakFound(`the secret scan found ${words.length}:\n${words.join('\n')}`);
  }
}
