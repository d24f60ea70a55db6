import type { TestProject } from 'vitest/node';
import { installSynapse } from './install-synapse.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The Python that has Synapse. */
    synapsePython: string;
  }
}

/** Before any test, as it takes a minute at the first time. */
export default async function setup(project: TestProject): Promise<void> {
  project.provide('synapsePython', await installSynapse());
}
