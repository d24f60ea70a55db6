/** How `bin/run-with-node` starts Node, for what a benchmark starts without it. */
export const serviceFlags = ['--max-semi-space-size=8', '--heap-growing-percent=100'];
export const rebuildFlags = ['--max-semi-space-size=16', '--no-parallel-scavenge'];
export const auditFlags = ['--max-semi-space-size=16'];
export const memoryEnv = { MALLOC_ARENA_MAX: '1' };
