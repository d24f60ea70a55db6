import { checkOf, NotNow } from '../check.ts';
import { type Judgement, ok, warning, wrong } from '../finding.ts';
import { ask } from '../http.ts';

export interface DagEngineFacts {
  readonly host: string;
  /** Of a GET, which starts nothing: a trigger is a POST. */
  readonly status: number;
}

export function judgeDagEngine({ host, status }: DagEngineFacts): Judgement[] {
  if (status === 401 || status === 403) {
    return [warning(`${host} refuses us (${status})`, 'check DAG_ENGINE_TOKEN')];
  }
  if (status >= 500)
    return [warning(`${host} is not well (${status})`, 'look at its log, and at the proxy before it')];
  if (status >= 300 && status < 400) {
    return [wrong(`${host} redirects (${status})`, 'set DAG_ENGINE_URL to the final address')];
  }
  return [ok(`${host} answers`)];
}

export const dagEngine = checkOf(
  'dag_engine',
  'server',
  async ({ config, signal, clock }): Promise<DagEngineFacts> => {
    const { url, token } = config.dagEngine;
    if (url === null) throw new NotNow('not configured: no DAG is triggered');
    const { status } = await ask(url, {
      signal,
      now: () => clock.now(),
      ...(token && { authorization: `Bearer ${token.reveal()}` }),
    });
    return { host: new URL(url).host, status };
  },
  judgeDagEngine,
);
