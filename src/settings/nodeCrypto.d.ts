// What the Worker's runtime has of Node (nodejs_compat) and is used here; @types/node would declare all of Node in src/.
declare module 'node:crypto' {
  export function createHmac(
    hash: string,
    secret: string,
  ): { update(text: string): { digest(encoding: 'base64url'): string } };
}
