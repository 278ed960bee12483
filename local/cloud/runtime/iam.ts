import { evaluateCondition } from './cel.ts';
import type { Clock } from './clock.ts';
import { CloudError } from './cloud-error.ts';
import { permissionsOf } from './roles.ts';

/** Who calls. `members` are all IAM member strings that match this caller (`user:…`, `serviceAccount:…`, `principalSet://…`). */
export interface Caller {
  readonly name: string;
  readonly members: ReadonlySet<string>;
}

/**
 * What is called. `policies` are the resources whose bindings apply, from the resource itself up to its project, e.g. `['buckets/lab-keys',
 * 'projects/keyturn-local']`. Conditions see `name`, `type` and `service` (IAM conditions reference).
 */
export interface Resource {
  readonly name: string;
  readonly type: string;
  readonly service: string;
  readonly policies: readonly string[];
}

/** One grant. Resource keys: projects/ID, buckets/B, topics/T, subscriptions/S, keys/<full name>, serviceAccounts/EMAIL, services/NAME, repositories/R. */
export interface Binding {
  readonly id: string;
  readonly resource: string;
  /** `roles/…` or the name of a custom role; both are looked up in roles.ts. */
  readonly role: string;
  /** What a custom role allows, where its definition comes with the binding instead of standing in roles.ts. */
  readonly permissions?: ReadonlySet<string>;
  readonly members: readonly string[];
  /** CEL over request.time and resource.{name,type,service}. */
  readonly condition?: string;
}

export const callerNamed = (name: string, ...more: string[]): Caller => ({ name, members: new Set([name, ...more]) });

/** Bindings, access tokens and the one question that every server asks before it does anything. Default deny. */
export class Iam {
  readonly #clock: Clock;
  readonly #randomHex: (length: number) => string;
  #bindings: Binding[] = [];
  readonly #tokens = new Map<string, { caller: Caller; expires: number }>();
  readonly #uses = new Map<string, number>();
  readonly #sole = new Map<string, number>();
  #asked = '';

  constructor(clock: Clock, randomHex: (length: number) => string) {
    this.#clock = clock;
    this.#randomHex = randomHex;
  }

  bind(binding: Binding): void {
    this.#bindings.push(binding);
  }

  unbind(id: string): void {
    this.#bindings = this.#bindings.filter((binding) => binding.id !== id);
  }

  get bindings(): readonly Binding[] {
    return this.#bindings;
  }

  /** How often each binding was what allowed a call, by binding id. */
  get uses(): ReadonlyMap<string, number> {
    return this.#uses;
  }

  /** How many calls each binding alone allowed, by binding id: without it, they would have been refused. */
  get sole(): ReadonlyMap<string, number> {
    return this.#sole;
  }

  /** Name of whom the last question was about. Services ask right before they act, so while one acts, this is who called it. */
  get asked(): string {
    return this.#asked;
  }

  /** A bearer token for `caller`, good for `lifetimeMs`, or for ever. */
  issueToken(caller: Caller, lifetimeMs = Number.POSITIVE_INFINITY): string {
    const token = `ya29.local-${this.#randomHex(24)}`;
    this.#tokens.set(token, { caller, expires: this.#clock.now() + lifetimeMs });
    return token;
  }

  /** The caller behind an `authorization` header. Throws UNAUTHENTICATED. */
  callerOf(authorization: string | undefined): Caller {
    const token = /^Bearer (.+)$/i.exec(authorization ?? '')?.[1];
    const known = token === undefined ? undefined : this.#tokens.get(token);
    if (known === undefined || known.expires <= this.#clock.now())
      throw new CloudError(
        'UNAUTHENTICATED',
        token === undefined
          ? 'Request is missing required authentication credential.'
          : 'Request had invalid authentication credentials: unknown or expired access token.',
      );
    return known.caller;
  }

  allows(caller: Caller, permission: string, resource: Resource): boolean {
    this.#asked = caller.name;
    const [grant, ...others] = this.#bindings.filter(
      (binding) =>
        resource.policies.includes(binding.resource) &&
        binding.members.some((member) => member === 'allUsers' || caller.members.has(member)) &&
        (binding.permissions ?? permissionsOf(binding.role)).has(permission) &&
        (binding.condition === undefined ||
          evaluateCondition(binding.condition, {
            request: { time: new Date(this.#clock.now()) },
            resource: { name: resource.name, type: resource.type, service: resource.service },
          })),
    );
    if (grant === undefined) return false;
    this.#uses.set(grant.id, (this.#uses.get(grant.id) ?? 0) + 1);
    if (others.length === 0) this.#sole.set(grant.id, (this.#sole.get(grant.id) ?? 0) + 1);
    return true;
  }

  /** Throws PERMISSION_DENIED, naming caller, permission and resource, unless a binding allows it. */
  require(caller: Caller, permission: string, resource: Resource): void {
    if (!this.allows(caller, permission, resource))
      throw new CloudError(
        'PERMISSION_DENIED',
        `${caller.name} does not have ${permission} access to ${resource.name} (or it may not exist).`,
      );
  }
}
