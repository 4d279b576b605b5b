// Which Worker this is, where several are set up with one database.

export const DEFAULT_DEPLOYMENT = 'production';

const DEPLOYMENT = /^[a-z0-9][a-z0-9-]{0,39}$/;

export function isDeployment(text: string): boolean {
  return DEPLOYMENT.test(text);
}

/** The name as it stands in the database, where anybody may have written it. */
export function tellDeployment(name: string | null | undefined): string {
  return name && isDeployment(name) ? name : 'of another name';
}
