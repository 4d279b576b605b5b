import { z } from 'zod';

/** What a token says of itself; null where it doesn't. */
export interface Grant {
  tenantId: string | null;
  scopes: string[] | null;
}

const claimsSchema = z.object({
  tenant: z
    .union([z.string(), z.int()])
    .transform(String)
    .pipe(z.string().regex(/^\d{1,19}$/)),
});

/**
 * Reads the scopes beside a token and the tenant inside it. The vendor shows both and promises neither: they help to tell a
 * person why a call was refused, and nothing may depend on them.
 */
export function readGrant(accessToken: string, scope: string | undefined): Grant {
  return { tenantId: tenantOf(accessToken), scopes: scope === undefined ? null : scope.split(/\s+/).filter(Boolean) };
}

function tenantOf(accessToken: string): string | null {
  try {
    const payload = atob((accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    return claimsSchema.parse(JSON.parse(payload)).tenant;
  } catch {
    return null;
  }
}
