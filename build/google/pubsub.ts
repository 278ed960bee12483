/**
 * In our bundles this stands for @google-cloud/pubsub: the one generated client that functions and image construct. It comes from the package that
 * the whole one re-exports. That one loads a client for each service besides, and their messages as classes.
 */
import { PublisherClient } from '@google-cloud/pubsub-api/build/src/v1/publisher_client.js';

export const v1 = { PublisherClient };
