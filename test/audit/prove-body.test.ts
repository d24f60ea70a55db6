import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decompressEach } from '../../src/audit/decompress.ts';
import { proveBody, verifyingSecrets } from '../../src/audit/prove-body.ts';
import type { SignedBody } from '../../src/events/push-received.ts';
import { fixtureBytes, sign, testSecret } from '../support/delivery.ts';

const signed = fixtureBytes('push-force-rewrite');
const compressed = gzipSync(signed);
const proof: SignedBody = {
  digest: createHash('sha256').update(signed).digest('hex'),
  size: signed.length,
  stored: true,
  contentType: 'json',
  signature: sign(signed),
  secret: 'test',
};
const secrets = verifyingSecrets([{ name: 'test', value: testSecret }]);

/** As the audit does it: several at once. */
function prove(bytes: Uint8Array, claimed = proof) {
  const neighbour = { bytes: compressed, size: signed.length };
  const [, found = null, last] = decompressEach([neighbour, { bytes, size: claimed.size }, neighbour]);
  expect(last?.equals(signed)).toBe(true);
  return proveBody(claimed, { signed: found }, secrets);
}

describe('the stored bytes of a delivery', () => {
  it('are proven by their digest and by the signature', () => {
    expect(prove(compressed)).toEqual({
      judgement: { verdict: 'proven' },
      signed: expect.any(Buffer),
    });
  });

  it('are broken by any byte that is flipped, wherever it is', () => {
    // But for the two in which gzip notes how and on which system it was written.
    const notes = [8, 9];
    for (const at of compressed.keys()) {
      const changed = Buffer.from(compressed);
      changed[at] = (changed[at] ?? 0) ^ 0xff;
      const { verdict } = prove(changed).judgement;
      expect([at, verdict]).toEqual([at, notes.includes(at) ? 'proven' : 'broken']);
    }
  });

  it('are proven or broken by any single bit, and never proven as something else', () => {
    fc.assert(
      fc.property(fc.nat(compressed.length - 1), fc.integer({ min: 0, max: 7 }), (at, bit) => {
        const changed = Buffer.from(compressed);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        const { judgement, signed: read } = prove(changed);
        // The last bits of the compressed data mean nothing.
        if (judgement.verdict === 'proven') expect(read?.equals(signed)).toBe(true);
        else expect(judgement.verdict).toBe('broken');
      }),
      { numRuns: 500 },
    );
  });

  it('do not fill the memory when they were exchanged for something that unpacks without end', () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1024 * 1024));
    const before = process.memoryUsage().arrayBuffers;
    expect(prove(bomb).judgement).toMatchObject({ verdict: 'broken' });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1024 * 1024);
  });

  it('are left for the seal to decide when only the signature does not match', () => {
    const judgement = prove(compressed, { ...proof, signature: '0'.repeat(64) }).judgement;
    expect(judgement).toEqual({ verdict: 'undecided', secret: 'test' });
  });

  it('are not proven by bytes of their neighbour', () => {
    const cut = [signed.subarray(0, 100), Buffer.concat([signed.subarray(100), signed])].map((part) =>
      gzipSync(part),
    );
    const moved = cut.map((bytes) => ({ bytes, size: signed.length }));
    expect([...decompressEach(moved)]).toEqual([null, null]);
  });

  it('are decompressed one by one where they are large or many', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(90_000), { maxLength: 40 }), (sizes) => {
        const texts = sizes.map((size) => Buffer.alloc(size, String(size)));
        const all = texts.map((text) => ({ bytes: gzipSync(text), size: text.length }));
        const found = [...decompressEach(all)];
        expect(found.every((text, index) => texts[index]?.equals(text ?? Buffer.from('none')))).toBe(true);
        expect(found).toHaveLength(texts.length);
      }),
      { numRuns: 20 },
    );
  });
});
