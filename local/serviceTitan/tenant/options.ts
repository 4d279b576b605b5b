import { z } from 'zod';
import { someSwitches } from '../switches.ts';

const ALL_SCOPES = ['tn.crm.customers:r', 'tn.crm.customers:w', 'tn.crm.leads:r', 'tn.jpm.jobs:r', 'tn.stt.tagtypes:r'];

/** A tenant, who may call on its behalf, and how many customers it begins with. */
export const tenantOptions = z.strictObject({
  tenantId: z.string().regex(/^\d+$/),
  /** The same seed gives the same customers. */
  seed: z.int().default(1),
  customers: z.int().nonnegative().default(0),
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  appKey: z.string().min(1),
  scopes: z.array(z.string()).default(ALL_SCOPES),
  switches: someSwitches.default({}),
});

export type TenantOptions = z.input<typeof tenantOptions>;
export type Credentials = Pick<z.output<typeof tenantOptions>, 'clientId' | 'clientSecret' | 'appKey' | 'scopes'>;
