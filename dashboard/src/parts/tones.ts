import type { Tone } from './badge.tsx';

const tones: Readonly<Record<string, Tone>> = {
  ok: 'good',
  success: 'good',
  sent: 'good',
  installed: 'good',
  triggered: 'good',
  done: 'good',
  seen: 'busy',
  running: 'busy',
  planned: 'busy',
  waiting: 'busy',
  due: 'busy',
  retried: 'warn',
  warning: 'warn',
  degraded: 'warn',
  removed: 'warn',
  parked: 'bad',
  failed: 'bad',
  error: 'bad',
  wrong: 'bad',
  unavailable: 'bad',
  broken: 'bad',
  full: 'bad',
};

/** The colour of a state, whatever it is a state of. */
export function toneOf(state: string | null): Tone {
  return tones[state ?? ''] ?? 'quiet';
}
