import { CodedError } from '../../../runtime/errors.ts';
import { readCalls } from '../../reads/calls.ts';
import { lastDays } from '../../reads/days.ts';
import { readNodes } from '../../reads/nodes.ts';
import { isNode, readRuns } from '../../reads/runs.ts';
import { inZone } from '../../reads/zone.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { callList, callQuery } from '../schemas/calls.ts';
import { nodeList, nodeQuery, runList, runQuery, sparklineDays } from '../schemas/nodes.ts';

export const dataFactoryEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/nodes',
    summary: 'The nodes of data_factory, the last active first, with their runs per day',
    access: 'read',
    query: nodeQuery,
    answer: nodeList,
    handle: ({ ports, kept }, { query }) =>
      inZone(query.zone, async () => {
        const days = lastDays(query.zone, ports.clock.now(), sparklineDays);
        return kept.nodes(JSON.stringify(query), () => readNodes(ports, query, days));
      }),
  }),
  endpoint({
    method: 'GET',
    path: '/api/runs',
    summary: 'Runs, the newest first: of one node, or of all',
    access: 'read',
    query: runQuery,
    answer: runList,
    errors: [404],
    async handle({ ports }, { query }) {
      const found = await readRuns(ports, query);
      if (found.runs.length === 0 && query.node !== undefined && !(await isNode(ports, query.node))) {
        throw new CodedError('NOT_FOUND', `there is no node ${query.node}`);
      }
      return found;
    },
  }),
  endpoint({
    method: 'GET',
    path: '/api/calls',
    summary: 'The chain of one push, as call_monitor has it',
    access: 'read',
    query: callQuery,
    answer: callList,
    errors: [404],
    async handle({ ports }, { query: { trace } }) {
      const calls = await readCalls(ports, trace);
      if (calls.length === 0) throw new CodedError('NOT_FOUND', `there is no call of trace ${trace}`);
      return { trace, calls };
    },
  }),
];
