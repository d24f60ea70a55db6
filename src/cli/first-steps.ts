import type { Config } from '../config/config.ts';
import { hookPath } from '../ingest/route.ts';

/**
 * What to enter in Gitea, for the first start. It names the file of the secret instead of the secret: the output of
 * a service ends up in logs.
 */
export function firstSteps(config: Config, address: string, secretPath: string): string {
  // An address that only says "all of them" is none that Gitea could call.
  const reachable = address.replace(/\/\/(0\.0\.0\.0|\[::\])/, '//<name of this machine>');
  const url = `${config.publicUrl ?? reachable}${hookPath}`;
  return `
A webhook secret was made. In Gitea, add a webhook of type Gitea (to a repository, an organisation, or for all
repositories in the site administration), with:

  Target URL      ${url}
  HTTP method     POST
  Content type    application/json
  Secret          what this prints:  cat ${secretPath}
  Trigger on      Custom events: Push, and Delete
  Active          yes

or let this do it (needs GITEA_URL and GITEA_TOKEN):

  bin/pushledger hooks install <owner>/<repo> --url ${url}

Gitea refuses to call a private address until its own configuration allows it (ALLOWED_HOST_LIST).
Gitea's test button makes neither a run nor a message: a real push is the test.

`;
}
