import { afterAll, beforeAll, beforeEach, inject, onTestFailed } from 'vitest';
import { type Synapse, startSynapse } from './synapse.ts';
import type { Limits } from './synapse-config.ts';

export interface UsedSynapse {
  /** For the tests of this file; it is there from `beforeAll` on. */
  current(): Synapse;
}

/** Registers the hooks that give a file a homeserver of its own; where a test fails, its log is kept. */
export function useSynapse(limits: Limits): UsedSynapse {
  let synapse: Synapse | null = null;
  let failed = false;
  const current = () => {
    if (!synapse) throw new Error('the homeserver does not run yet');
    return synapse;
  };
  beforeAll(async () => {
    synapse = await startSynapse(inject('synapsePython'), limits);
  }, 120_000);
  beforeEach(() => {
    onTestFailed(() => {
      failed = true;
    });
  });
  afterAll(async () => {
    if (!failed) return synapse?.remove();
    await synapse?.stop();
    console.error(`the log of the homeserver is kept: ${synapse?.directory}/homeserver.log`);
  });
  return { current };
}
