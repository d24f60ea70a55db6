import { z } from 'zod';
import { checkOf } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';
import { askMatrix, refusalOf } from '../matrix.ts';

export interface AccountFacts {
  readonly status: number;
  /** Null where the answer is none of a homeserver. */
  readonly account: { readonly user: string; readonly device: string | null } | null;
  /** The homeserver's own word for a refusal, such as M_UNKNOWN_TOKEN; null without one. */
  readonly refused: string | null;
}

export function judgeAccount({ status, account, refused }: AccountFacts): Judgement[] {
  if (status === 401 || refused === 'M_UNKNOWN_TOKEN') {
    return [
      wrong(
        'the access token is not taken',
        'sign in once more with a fixed device id, and set MATRIX_ACCESS_TOKEN',
      ),
    ];
  }
  if (refused !== null) return [wrong(`the homeserver refuses (${status} ${refused})`, 'look at its log')];
  if (!account) {
    return [
      wrong(
        `what answers (${status}) is no homeserver`,
        'set MATRIX_HOMESERVER_URL to its own address, not to a web client',
      ),
    ];
  }
  if (account.device === null) {
    return [
      warning(
        `${account.user} has no device`,
        'without one the homeserver may not know a message that is sent twice: use a token of a sign-in, with a device id',
      ),
    ];
  }
  return [ok(`${account.user}, device ${account.device}`)];
}

const whoami = z.object({ user_id: z.string(), device_id: z.string().nullish() });

export const matrixAccount = checkOf(
  'Matrix',
  'account',
  async (world): Promise<AccountFacts> => {
    const { status, json } = await askMatrix(world, '/account/whoami');
    const answer = whoami.safeParse(json).data;
    return {
      status,
      account: status === 200 && answer ? { user: answer.user_id, device: answer.device_id ?? null } : null,
      refused: refusalOf(json),
    };
  },
  judgeAccount,
);
