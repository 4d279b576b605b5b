// The one function of Node that the comparison of contacts uses; workerd has it too (nodejs_compat).
declare module 'node:util' {
  export function isDeepStrictEqual(one: unknown, other: unknown): boolean;
}
