/** The tenant of the examples, and who may call on its behalf. Nothing but the simulation takes these. */
export const DEMO_TENANT_ID = '410387862';

export const DEMO_CREDENTIALS = {
  clientId: 'local-client-id',
  clientSecret: 'local-client-secret',
  appKey: 'local-app-key',
};
