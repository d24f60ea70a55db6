import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { RetryAnswer } from '../../../../src/dashboard/api/schemas/notifications.ts';
import { keys } from '../../api/keys.ts';
import { ask } from '../../api/request.ts';

/** Tries parked messages again: one by its id, or all of them while they are still as many as were seen. */
export function useRetry() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (which: { readonly messageId: string } | { readonly expected: number }) =>
      'messageId' in which
        ? ask<RetryAnswer>(`api/notifications/${which.messageId}/retry`, { method: 'POST' })
        : ask<RetryAnswer>('api/notifications/retry', { method: 'POST', body: which }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.notifications }),
  });
}
