import { createHmac } from 'node:crypto';
import type { Ticks } from '../ticks.ts';

/** Where a feed goes on: after the record with this stamp and id. */
export interface Position {
  modified: Ticks;
  id: number;
}

/** A feed of a tenant; no other takes its tokens. */
export interface Feed {
  tenantId: string;
  name: string;
}

// 8 bytes stamp, 6 id, 2 to tell tokens of one position apart, 5 seal: 28 characters of text.
const CONTENT_BYTES = 16;
const SEAL_BYTES = 5;

let newTokens = 0;

/** An opaque token that stays good for ever, over a restart too. `isNew` gives a text that no earlier call got. */
export function issueToken(feed: Feed, position: Position, isNew = false): string {
  const content = Buffer.alloc(CONTENT_BYTES);
  content.writeBigUInt64BE(position.modified, 0);
  content.writeUIntBE(position.id, 8, 6);
  content.writeUInt16BE(isNew ? ++newTokens & 0xffff : 0, 14);
  return Buffer.concat([content, seal(feed, content)]).toString('base64url');
}

/** Undefined for a token that is broken or another feed's. */
export function readToken(feed: Feed, token: string): Position | undefined {
  const bytes = Buffer.from(token, 'base64url');
  const content = bytes.subarray(0, CONTENT_BYTES);
  // Decoding passes over characters outside the alphabet, so only a text that comes back the same was a token.
  if (bytes.length !== CONTENT_BYTES + SEAL_BYTES || bytes.toString('base64url') !== token) return undefined;
  if (!bytes.subarray(CONTENT_BYTES).equals(seal(feed, content))) return undefined;
  return { modified: content.readBigUInt64BE(0), id: content.readUIntBE(8, 6) };
}

function seal({ tenantId, name }: Feed, content: Buffer): Buffer {
  return createHmac('sha256', `${tenantId} ${name}`).update(content).digest().subarray(0, SEAL_BYTES);
}
