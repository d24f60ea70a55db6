import { readFileSync } from 'node:fs';

/** A recorded delivery of Gitea, and what is to come of it. */
export interface DemoDelivery {
  /** A file of `test/fixtures`. */
  readonly fixture: string;
  readonly event: 'push' | 'create' | 'delete';
  /** `signed` as Gitea does it, or with another secret. */
  readonly signature?: 'signed' | 'forged';
  readonly expected: {
    readonly answer: string;
    /** Status of the run, or null where there is to be none. */
    readonly run: 'success' | 'ignored' | null;
    readonly message: boolean;
  };
}

const pushed = { answer: '200 accepted', run: 'success', message: true } as const;
const nothing = { run: null, message: false } as const;

export const demoDeliveries: readonly DemoDelivery[] = [
  { fixture: 'push-web-ui-test-delivery', event: 'push', expected: { answer: '200 test', ...nothing } },
  { fixture: 'push-api-test-delivery', event: 'push', expected: { answer: '200 test', ...nothing } },
  { fixture: 'push-first-default-branch', event: 'push', expected: pushed },
  { fixture: 'push-12-commits-capped-5', event: 'push', expected: pushed },
  { fixture: 'push-12-commits-capped-5', event: 'push', expected: { ...pushed, answer: '200 duplicate' } },
  { fixture: 'push-force-rewind', event: 'push', expected: pushed },
  { fixture: 'push-force-rewrite', event: 'push', expected: pushed },
  { fixture: 'push-mirror-new-branch', event: 'push', expected: pushed },
  { fixture: 'create-tag', event: 'create', expected: { answer: '200 ignored', ...nothing } },
  { fixture: 'push-tag-create', event: 'push', expected: pushed },
  { fixture: 'push-tag-delete', event: 'push', expected: pushed },
  { fixture: 'delete-branch', event: 'delete', expected: pushed },
  {
    fixture: 'push-actions-bot',
    event: 'push',
    expected: { answer: '200 accepted', run: 'ignored', message: false },
  },
  {
    fixture: 'push-force-rewrite',
    event: 'push',
    signature: 'forged',
    expected: { answer: '401 SIGNATURE_WRONG', ...nothing },
  },
];

export function readFixture(name: string): Buffer {
  return readFileSync(new URL(`../../test/fixtures/${name}.json`, import.meta.url));
}
