/**
 * `POST /api/triggers/{pushId}/retry` — asks dag_engine again for the run that it refused. Needs ADMIN_TOKEN. Answers
 * `retryAnswer`; 404 where nothing of that push waits for a person.
 */
import { z } from 'zod';
import { uuid } from './common.ts';

export const triggerParams = z.object({ pushId: uuid });
