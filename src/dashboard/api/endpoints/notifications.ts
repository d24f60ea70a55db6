import { messageIdSchema } from '../../../events/ids.ts';
import { CodedError } from '../../../runtime/errors.ts';
import { countClosed, countOpen, readNotifications } from '../../reads/notifications.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import {
  bulkRetryBody,
  notificationList,
  notificationParams,
  notificationQuery,
  retryAnswer,
} from '../schemas/notifications.ts';

export const notificationEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'GET',
    path: '/api/notifications',
    summary: 'Messages to the rooms, the newest first, and how many there are of each state',
    access: 'read',
    query: notificationQuery,
    answer: notificationList,
    async handle({ ports, kept }, { query }) {
      const [list, open, closed] = await Promise.all([
        readNotifications(ports, query),
        countOpen(ports),
        kept.closed('', () => countClosed(ports)),
      ]);
      return { ...list, counts: { ...open, ...closed } };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api/notifications/{messageId}/retry',
    summary: 'Try a parked message again',
    access: 'admin',
    params: notificationParams,
    answer: retryAnswer,
    errors: [404],
    async handle({ ports }, { params: { messageId } }) {
      const retried = await ports.retryNotifications([messageIdSchema.parse(messageId)]);
      if (retried === 0) throw new CodedError('NOT_FOUND', `no message ${messageId} is parked`);
      return { retried };
    },
  }),
  endpoint({
    method: 'POST',
    path: '/api/notifications/retry',
    summary: 'Try all parked messages again, where they are still as many as were seen',
    access: 'admin',
    body: bulkRetryBody,
    answer: retryAnswer,
    errors: [409],
    async handle({ ports }, { body: { expected } }) {
      const { parked } = await countOpen(ports);
      if (parked !== expected) {
        throw new CodedError('COUNT_CHANGED', `${parked} are parked, not ${expected}; nothing was done`);
      }
      return { retried: await ports.retryNotifications('all') };
    },
  }),
];
