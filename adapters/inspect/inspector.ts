/** Who may do what on one resource (https://cloud.google.com/iam/docs/reference/rest/v1/Policy). */
export interface Binding {
  readonly role: string;
  readonly members: readonly string[];
  /** CEL; '' where there is none. */
  readonly condition: string;
}

export interface IdentityProvider {
  /** CEL; '' where there is none, and then anybody's token will do. */
  readonly condition: string;
  /** CEL by target: `google.subject`, `attribute.NAME`. */
  readonly mapping: Readonly<Record<string, string>>;
  readonly issuer: string;
  readonly audiences: readonly string[];
  /** Also where it is deleted, which is undone within 30 days. */
  readonly disabled: boolean;
}

/** A subscription as far as it decides what becomes of a message. */
export interface SubscriptionSettings {
  /** Full name of its topic; `_deleted-topic_` where that is gone. */
  readonly topic: string;
  /** Undefined where somebody pulls, or Pub/Sub itself writes elsewhere. */
  readonly push: { readonly endpoint: string; readonly account: string; readonly audience: string } | undefined;
  /** Full name of the topic; undefined where there are no dead letters. */
  readonly deadLetters: string | undefined;
  /** Whether silence deletes it. */
  readonly expires: boolean;
  readonly detached: boolean;
}

export interface DeployedFunction {
  /** The last part of its name. */
  readonly name: string;
  readonly active: boolean;
  /** E-mail of the account that it runs as. */
  readonly account: string;
  /** `projects/P/locations/L/services/S` of Cloud Run. */
  readonly service: string;
}

/** A deployment as its owner sees it: nothing here is part of the pipeline. Throws as all adapters do; NOT_FOUND where there is none. */
export interface Inspector {
  /** The Avro definition of a topic's schema; undefined where the topic has none. `topic` is a short name. */
  schemaOf(topic: string): Promise<string | undefined>;
  /** Enabled ones of these APIs, `pubsub.googleapis.com` and so on. */
  enabledApis(project: string, apis: readonly string[]): Promise<ReadonlySet<string>>;
  /** The policy set on one resource, not what it inherits. `resource`: a full resource name, //pubsub.googleapis.com/projects/P/topics/T. */
  policy(resource: string): Promise<readonly Binding[]>;
  /** What a role allows, of Google's or a custom one. */
  permissionsOf(role: string): Promise<ReadonlySet<string>>;
  /** `provider`: //iam.googleapis.com/projects/… as in the law. */
  identityProvider(provider: string): Promise<IdentityProvider>;
  /** `subscription` is a short name. */
  subscription(subscription: string): Promise<SubscriptionSettings>;
  /** In all regions of a project. */
  functionsIn(project: string): Promise<readonly DeployedFunction[]>;
  /** How many keys people made for a service account. */
  userKeys(email: string): Promise<number>;
  /** Whether a Secret Manager secret (`secret:projects/P/secrets/NAME`, with or without a version) has an enabled version; its value is not read. */
  hasValue(secret: string): Promise<boolean>;
  /** The digest that a tag of an Artifact Registry image has; undefined where there is no such tag. */
  taggedDigest(repository: string, tag: string): Promise<string | undefined>;
}
