/** In our bundles this stands for @google-cloud/kms, of which two functions sign events with one client. */
export { KeyManagementServiceClient } from '@google-cloud/kms/build/src/v1/key_management_service_client.js';
