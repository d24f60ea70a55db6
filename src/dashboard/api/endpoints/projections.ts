import { CodedError } from '../../../runtime/errors.ts';
import { readHead, readProjections } from '../../reads/projections.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { projectionList, rebuild, rebuildBody, rebuildParams } from '../schemas/projections.ts';

export const projectionEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/projections',
    summary: 'How far each follower of the log is, what it could not take, and the last rebuild',
    access: 'read',
    answer: projectionList,
    async handle({ ports, rebuilds }) {
      const head = await readHead(ports);
      return {
        head: head === null ? null : String(head),
        projections: await readProjections(ports, head),
        rebuild: rebuilds.latest(),
      };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api/rebuilds',
    summary: 'Start a rebuild: of all projections, or of those that are named',
    access: 'admin',
    body: rebuildBody,
    answer: rebuild,
    status: 202,
    errors: [409],
    async handle({ ports, rebuilds }, { body }) {
      const wanted = body.projections ?? ports.rebuildable;
      const unknown = wanted.filter((name) => !ports.rebuildable.includes(name));
      if (unknown.length > 0) {
        throw new CodedError(
          'PARAMETER_INVALID',
          `projections: ${unknown.join(', ')} is not one of ${ports.rebuildable.join(', ')}`,
          { field: 'projections' },
        );
      }
      // In the order that they are always built in, each once.
      const projections = ports.rebuildable.filter((name) => wanted.includes(name));
      return rebuilds.start({ projections, dryRun: body.dryRun });
    },
  }),
  endpoint({
    method: 'GET',
    path: '/api/rebuilds/{rebuildId}',
    summary: 'How far a rebuild of this process is, and then what it changed',
    access: 'admin',
    params: rebuildParams,
    answer: rebuild,
    errors: [404],
    async handle({ rebuilds }, { params: { rebuildId } }) {
      const found = rebuilds.find(rebuildId);
      if (!found) throw new CodedError('NOT_FOUND', `this process knows no rebuild ${rebuildId}`);
      return found;
    },
  }),
];
