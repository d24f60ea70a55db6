import type { Endpoint } from '../endpoint.ts';
import { dataFactoryEndpoints } from './data-factory.ts';
import { eventEndpoints } from './events.ts';
import { notificationEndpoints } from './notifications.ts';
import { openApiEndpoint } from './openapi.ts';
import { overviewEndpoints } from './overview.ts';
import { projectionEndpoints } from './projections.ts';
import { pushEndpoints } from './pushes.ts';
import { sessionEndpoints } from './session.ts';
import { triggerEndpoints } from './triggers.ts';

const described: readonly Endpoint[] = [
  ...pushEndpoints,
  ...dataFactoryEndpoints,
  ...notificationEndpoints,
  ...triggerEndpoints,
  ...projectionEndpoints,
  ...overviewEndpoints,
  ...eventEndpoints,
  ...sessionEndpoints,
];

export const endpoints: readonly Endpoint[] = [...described, openApiEndpoint(described)];
