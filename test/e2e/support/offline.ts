/** Google's clients else ask a metadata server who they are, before the first call on a channel of our own. */
process.env.METADATA_SERVER_DETECTION = 'none';
