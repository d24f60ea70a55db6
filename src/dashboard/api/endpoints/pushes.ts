import { pushIdSchema } from '../../../events/ids.ts';
import { readSignedBytes } from '../../../push-search/show-push.ts';
import { CodedError } from '../../../runtime/errors.ts';
import type { Dashboard } from '../../dashboard.ts';
import { readPushDetails } from '../../reads/push-details.ts';
import { readPushes } from '../../reads/pushes.ts';
import { type Endpoint, type Exchange, endpoint } from '../endpoint.ts';
import { pushDetails, pushDetailsQuery, pushParams } from '../schemas/push-details.ts';
import { pushList, pushQuery } from '../schemas/pushes.ts';

export const pushEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/pushes',
    summary: 'Pushes that fit every filter, the newest first',
    access: 'read',
    query: pushQuery,
    answer: pushList,
    handle: ({ ports }, { query }) => readPushes(ports, query),
  }),
  endpoint({
    method: 'GET',
    path: '/api/pushes/{pushId}',
    summary: 'All that is known of a push, with its chain',
    access: 'read',
    params: pushParams,
    query: pushDetailsQuery,
    answer: pushDetails,
    errors: [404],
    async handle(dashboard, { params, query }, { reply }) {
      if (query.raw !== undefined) {
        await sendBody(dashboard, params.pushId, reply);
        return undefined;
      }
      const push = await readPushDetails(dashboard.ports, pushIdSchema.parse(params.pushId));
      if (!push) throw unknown(params.pushId);
      return push;
    },
  }),
  endpoint({
    method: 'GET',
    path: '/api/pushes/{pushId}/body',
    summary: 'The verbatim bytes that Gitea signed',
    access: 'read',
    params: pushParams,
    answer: null,
    contentType: 'application/octet-stream',
    errors: [404],
    async handle(dashboard, { params }, { reply }) {
      await sendBody(dashboard, params.pushId, reply);
      return undefined;
    },
  }),
];

/** To be saved, and never to be shown as something: what is in it comes from outside. */
async function sendBody({ ports }: Dashboard, pushId: string, reply: Exchange['reply']): Promise<void> {
  const bytes = await readSignedBytes(ports.store, pushIdSchema.parse(pushId));
  if (!bytes) throw new CodedError('NOT_FOUND', `no signed bytes are kept of push ${pushId}`);
  await reply
    .header('content-disposition', `attachment; filename="push-${pushId}.json"`)
    .type('application/octet-stream')
    .send(bytes);
}

function unknown(pushId: string): CodedError {
  return new CodedError('NOT_FOUND', `the log has no push ${pushId}`);
}
