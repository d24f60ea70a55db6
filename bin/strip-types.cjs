// Node strips types everywhere but below node_modules, where it expects packages to be compiled. This one is not:
// its sources are what runs. Preloaded only when the package is installed as a dependency.
const { readFileSync } = require('node:fs');
const { registerHooks, stripTypeScriptTypes } = require('node:module');
const { dirname } = require('node:path');
const { fileURLToPath, pathToFileURL } = require('node:url');

const ownSources = pathToFileURL(`${dirname(__dirname)}/src/`).href;

registerHooks({
  load(url, context, nextLoad) {
    if (!url.startsWith(ownSources) || !url.endsWith('.ts')) return nextLoad(url, context);
    const source = stripTypeScriptTypes(readFileSync(fileURLToPath(url), 'utf8'));
    return { format: 'module', source, shortCircuit: true };
  },
});
