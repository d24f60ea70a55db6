import { pushIdSchema } from '../../../events/ids.ts';
import { CodedError } from '../../../runtime/errors.ts';
import { type Endpoint, endpoint } from '../endpoint.ts';
import { retryAnswer } from '../schemas/notifications.ts';
import { triggerParams } from '../schemas/triggers.ts';

export const triggerEndpoints: readonly Endpoint[] = [
  endpoint({
    method: 'POST',
    path: '/api/triggers/{pushId}/retry',
    summary: 'Ask dag_engine again for the run that it refused',
    access: 'admin',
    params: triggerParams,
    answer: retryAnswer,
    errors: [404],
    async handle({ ports }, { params: { pushId } }) {
      const retried = await ports.retryTriggers([pushIdSchema.parse(pushId)]);
      if (retried === 0) throw new CodedError('NOT_FOUND', `no trigger of push ${pushId} is parked`);
      return { retried };
    },
  }),
];
