import type { Call } from '../../../../src/dashboard/api/schemas/calls.ts';
import type { Messages } from '../../i18n/en.ts';

/** What a call is to the reader; its own name where the page has no word for it. */
export function stepName({ functionName, attributes }: Call, text: Messages): string {
  if (attributes.event === 'PushRedelivered') return text.push.again;
  if (attributes.event === 'PushConfirmed') return text.push.confirmed;
  return text.push.steps[functionName] ?? functionName;
}
