import { callMonitor } from './call-monitor/call-monitor.ts';
import { dataFactory } from './data-factory/data-factory.ts';
import { hookStates } from './hooks/hooks.ts';
import type { Projection } from './projection.ts';
import { pushHistory } from './push-history/push-history.ts';

/** Every projection, in the order that they are named in. */
export const allProjections: readonly Projection[] = [
  dataFactory as Projection,
  callMonitor as Projection,
  pushHistory as Projection,
  hookStates as Projection,
];
