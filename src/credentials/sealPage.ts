// Pages at rest: what a fetch step leaves in the engine's state. `<key id><iv><ciphertext>`, in bytes.
import type { Config } from '../config.ts';
import { ConfigError } from '../errors.ts';
import { type Bytes, decrypt, encrypt, IV_BYTES } from './cipher.ts';
import { pageKeys } from './sealingKeys.ts';

/** Seals and opens the pages of one run; nothing else opens them, another run of the workspace included. */
export interface PageSeal {
  /** `header` is what stands in front of the page in clear: should it be changed, the page does not open. */
  seal: (header: Bytes, page: Bytes) => Promise<Blob>;
  /** Rejects with `ConfigError` when the page does not open. */
  open: (header: Bytes, sealed: ArrayBuffer) => Promise<ArrayBuffer>;
}

/** A fingerprint of 6 bytes in base64url. */
const KEY_ID_BYTES = 8;

export function createPageSeal(config: Config, run: { workspaceId: string; instanceId: string }): PageSeal {
  const boundTo = (header: Bytes) => new Blob([`${run.workspaceId}/${run.instanceId}/`, header]).arrayBuffer();
  return {
    async seal(header, page) {
      const [{ id, key }] = await pageKeys(config);
      const { iv, ciphertext } = await encrypt(key, await boundTo(header), page);
      return new Blob([id, iv, ciphertext]);
    },

    async open(header, sealed) {
      const id = new TextDecoder().decode(sealed.slice(0, KEY_ID_BYTES));
      const sealingKey = (await pageKeys(config)).find((one) => one.id === id);
      const parts = {
        iv: sealed.slice(KEY_ID_BYTES, KEY_ID_BYTES + IV_BYTES),
        ciphertext: sealed.slice(KEY_ID_BYTES + IV_BYTES),
      };
      if (!sealingKey) throw unreadable('was sealed with another CREDENTIALS_KEY');
      return decrypt(sealingKey.key, await boundTo(header), parts).catch(() => {
        throw unreadable('was changed, or belongs to another run');
      });
    },
  };
}

function unreadable(what: string): ConfigError {
  return new ConfigError(`A page in the state of this run ${what}: the next run reads it from ServiceTitan again.`);
}
