import type { Config } from '../config.ts';
import { credentialsKeys } from './sealingKeys.ts';

/** Under which key values are sealed: the oldest of them counts. `unknown` opens with no key that the Worker has. */
export type KeyState = 'current' | 'previous' | 'unknown';

/** `keyIds`: the fingerprints in front of the sealed values. */
export async function keyStateOf(config: Config, keyIds: string[]): Promise<KeyState> {
  const [current, previous] = await credentialsKeys(config);
  if (keyIds.every((id) => id === current.id)) return 'current';
  return keyIds.every((id) => id === current.id || id === previous?.id) ? 'previous' : 'unknown';
}
