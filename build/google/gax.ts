/**
 * In the bundles of functions and image this stands for google-gax. Their clients all speak REST, so its half without gRPC is enough. The whole would
 * bring a second transport of half a megabyte that nothing calls.
 */
export * from 'google-gax/fallback';
export * as loggingUtils from 'google-logging-utils';
// The package gives this one by its whole alone. Clients read the details of a refusal with it.
export { decodeAnyProtosInArray } from '../../node_modules/google-gax/build/src/util.js';
