/**
 * What became of a version of a message.
 * - `planned`: it is to be sent.
 * - `parked`: given up until a person looks.
 * - `superseded`: never to be sent, as a later version was, or as another message had named its pushes before.
 */
export const notificationStates = ['planned', 'sent', 'parked', 'superseded'] as const;
export type NotificationState = (typeof notificationStates)[number];
