import {
  alarmsAreHeard,
  alertsAreTaken,
  alertsAskForMetrics,
  alertsLeadToTheRunbook,
  metricsCountWhatIsWritten,
} from './alerts.ts';
import { conditionHolds, poolsAreThoseOfTheLaw } from './attestation.ts';
import { bucketsAreHard, bucketsAreThoseOfTheLaw, onlySharesAreSwept, retentionIsTheLaws } from './buckets.ts';
import { conditionsAreCel } from './conditions.ts';
import { functionsAreClosed, functionsGetTheirEnvironment } from './environment.ts';
import type { Policy } from './finding.ts';
import { membersAreNamed, noBasicRoles, nothingForbidden, projectGrantsAreListed, rolesExist } from './iam.ts';
import { imagesStay } from './images.ts';
import { keysCanBeBroughtBack, usesAreAudited } from './keys.ts';
import { ledgerIsSql, ledgerTakesReceipts, lettersCanBeBuried } from './ledger.ts';
import { machinesAreHard } from './machines.ts';
import { namesAreWithinLimits, sizesAreWithinLimits } from './names.ts';
import { networksArePrivate, nobodyOutsideComesIn, onlyHttpsGoesOut } from './network.ts';
import { dataRolesAreUnderstood } from './permissions.ts';
import { servicesAreOn } from './services.ts';
import { poolsOpenTheirOwn, releaseKeysOpenForImagesAlone, sharesAreNotRead } from './shares.ts';
import { deadLettersAreHeld, functionsAreFed, subscriptionsStay } from './subscriptions.ts';
import { avroIsCommitted, sharesAreNotified, topicsAreThoseOfNames } from './topics.ts';
import { grantsAreJudged, whoMay } from './who-may/who-may.ts';

/** What must hold of every example's plan, each under a sentence that a report can show. */
export const POLICIES: Readonly<Record<string, Policy>> = {
  'every role exists, and every permission of a custom role': rolesExist,
  'nobody has a basic role': noBasicRoles,
  'every member is somebody, nobody is anybody': membersAreNamed,
  'there are no keys of service accounts, access lists or rights that replace others': nothingForbidden,
  'rights on a whole project are the unavoidable ones': projectGrantsAreListed,
  'conditions of grants are CEL': conditionsAreCel,
  'what a role on a bucket or key allows is known': dataRolesAreUnderstood,
  'every right is on something that a rule speaks of': grantsAreJudged,
  'who may read, list and write each bucket': whoMay('bucket'),
  'who may publish to each topic, and attach to it': whoMay('topic'),
  'who may take messages of each subscription': whoMay('subscription'),
  'who may encrypt and decrypt with each key': whoMay('key'),
  'who may act as an account, or mint its tokens': whoMay('account'),
  'who may start, change and end machines': whoMay('machine', 'subnetwork'),
  'who may push and pull images': whoMay('repository'),
  'who may read secrets': whoMay('secret'),
  'who may call functions': whoMay('service'),
  'who may read and write the ledger': whoMay('dataset'),
  'who may do anything to a project': whoMay('project'),
  'release keys open for accepted images alone, until a date': releaseKeysOpenForImagesAlone,
  'no function reads shares, nobody deletes them': sharesAreNotRead,
  'each pool opens its owner’s things and no others': poolsOpenTheirOwn,
  'the providers are those of the law': poolsAreThoseOfTheLaw,
  'condition and mapping let the right VM in and no other': conditionHolds,
  'buckets are those of schemas/names.ts and the law': bucketsAreThoseOfTheLaw,
  'buckets are uniform, private, without soft delete or versions': bucketsAreHard,
  'what must be kept is kept and locked as the law says': retentionIsTheLaws,
  'shares are swept in time, and nothing else is': onlySharesAreSwept,
  'topics are those of schemas/names.ts': topicsAreThoseOfNames,
  'Avro in a topic is that of schemas/': avroIsCommitted,
  'every place for shares notifies the topic shares': sharesAreNotified,
  'each function is fed by one push subscription: deadline, audience, backoff, dead letters': functionsAreFed,
  'no subscription expires': subscriptionsStay,
  'dead letters are held': deadLettersAreHeld,
  'Pub/Sub may move dead letters': lettersCanBeBuried,
  'the ledger has a column for each field of a receipt': ledgerTakesReceipts,
  'every name in the ledger view is quoted': ledgerIsSql,
  'alerts are what Cloud Monitoring takes': alertsAreTaken,
  'each alert links to its section of the runbook, and each section has one': alertsLeadToTheRunbook,
  'alerts ask for metrics that are there': alertsAskForMetrics,
  'metrics count lines that the code writes': metricsCountWhatIsWritten,
  'what the code calls an alarm wakes somebody': alarmsAreHeard,
  'functions get the environment that their code reads, a bound for its heap, and nothing besides':
    functionsGetTheirEnvironment,
  'functions are reached by Pub/Sub alone, each as itself': functionsAreClosed,
  'machines have secure boot, no scopes and no external address': machinesAreHard,
  'networks reach Google privately': networksArePrivate,
  'nobody of the Internet comes in': nobodyOutsideComesIn,
  'HTTPS and the lab’s node go out, and one rule denies the rest': onlyHttpsGoesOut,
  'destroyed keys can be brought back': keysCanBeBroughtBack,
  'uses of keys and tokens are in the audit log': usesAreAudited,
  'tags of the measured image never move': imagesStay,
  'every API that is used is switched on': servicesAreOn,
  'names are what Google takes': namesAreWithinLimits,
  'texts and labels are as long as Google takes': sizesAreWithinLimits,
};
