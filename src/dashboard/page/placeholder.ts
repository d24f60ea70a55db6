/** Without scripts and styles: what the page's own policy would refuse. */
export const placeholder = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>pushledger</title>
<h1>pushledger</h1>
<p>The service is running, but its page has not been built. Build it with <code>npm run build</code>, and start again.</p>
<p>Everything it shows is in the API as well: <a href="api/openapi.json">api/openapi.json</a>.</p>
</html>
`;
