import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Bytes that are still in use after a full collection: the heap, and buffers outside of it. */
export function bytesInUse(): number {
  setFlagsFromString('--expose-gc');
  // A context made after the flag was set has the function; ours was made before.
  const collect: unknown = runInNewContext('gc');
  if (typeof collect !== 'function') throw new Error('this Node gives no access to its garbage collector');
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
