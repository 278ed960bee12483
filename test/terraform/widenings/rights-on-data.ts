import { FILES, type Widening } from './widening.ts';

const APPEND = 'permissions = ["storage.objects.create", "storage.objects.get", "storage.objects.list"]';
const APPEND_AND_DELETE =
  'permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]';
const LIST = 'permissions = ["storage.objects.list"]';
const LIST_AND_GET = 'permissions = ["storage.objects.get", "storage.objects.list"]';

/** Who reads, writes and deletes, in the plan of the lab. */
export const RIGHTS_ON_DATA: readonly Widening[] = [
  {
    what: 'entries of the register may be deleted',
    file: FILES.register,
    from: APPEND,
    to: APPEND_AND_DELETE,
    message: /reconcile may delete seals\S+ in bucket register: nobody may/,
  },
  {
    what: 'readers of the register may do anything to objects',
    file: FILES.register,
    from: 'role = "roles/storage.objectViewer", member = member } },',
    to: 'role = "roles/storage.objectAdmin", member = member } },',
    message: /"read user:finance.*finance may create seals\S+ in bucket register: only the attested image/,
  },
  {
    what: 'inspectors write into the register',
    file: FILES.register,
    from: 'merge(var.appenders, var.closers) : "append',
    to: 'merge(var.appenders, var.closers, var.inspectors) : "append',
    message: /"append user:operator.*operators may create seals\S+ in bucket register: only/,
  },
  {
    what: 'the register may be public',
    file: FILES.register,
    from: 'public_access_prevention    = "enforced"',
    to: 'public_access_prevention    = "inherited"',
    message: /register.*public_access_prevention must be enforced/,
  },
  {
    what: 'inspectors change the retention of the register',
    file: FILES.register,
    from: 'permissions = ["storage.buckets.get"]',
    to: 'permissions = ["storage.buckets.get", "storage.buckets.update"]',
    message: /"settings user:operator.*operators may administer bucket register: nobody may/,
  },
  {
    what: 'operators and dApps read signed bytes',
    file: FILES.iam,
    from: '{ on = "signed", role = "roles/storage.objectViewer", who = ["reconcile"], when = null }',
    to: '{ on = "signed", role = "roles/storage.objectViewer", who = ["reconcile", "operators", "dapps"], when = null }',
    message: /dApps may read \S+ in bucket signed: only the attested image in the operator's pool, reconcile may/,
  },
  {
    what: 'signed bytes may be deleted',
    file: FILES.roles,
    from: APPEND,
    to: APPEND_AND_DELETE,
    message: /the attested image .* may delete \S+ in bucket signed: nobody may/,
  },
  {
    what: 'a co-signer who lists shares reads them',
    file: FILES.coSignerBucket,
    from: LIST,
    to: LIST_AND_GET,
    message:
      /"alice list".*alice may read bob\/shares\S+ in bucket \S+: only bob, the attested image in bob's pool may/,
  },
  {
    what: 'functions that list shares read them',
    file: FILES.roles,
    from: LIST,
    to: LIST_AND_GET,
    message: /"keys list collect".*collect may read alice\/shares\S+ in bucket/,
  },
  {
    what: 'those who compare predictions read shares',
    file: FILES.coSignerBucket,
    from: `objects/\${var.bucket.prefix}predictions/\\")"`,
    to: `objects/\${var.bucket.prefix}\\")"`,
    message: /"finalize get".*finalize may read \S*shares\S+ in bucket/,
  },
  {
    what: 'a co-signer deletes shares',
    file: FILES.coSignerBucket,
    from: APPEND,
    to: APPEND_AND_DELETE,
    message: /alice may delete alice\/shares\S+ in bucket \S+: nobody may/,
  },
  {
    what: 'a prefix without its slash',
    file: FILES.coSignerBucket,
    from: `objects/\${var.bucket.prefix}\\")"`,
    to: `objects/\${trimsuffix(var.bucket.prefix, "/")}\\")"`,
    message: /alice may create alice-2\/shares\S+ in bucket \S+: nobody may/,
  },
];
