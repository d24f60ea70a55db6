// Run by npm's `prepare`, so that `npm ci` in a clone is all it takes. An installation without the development
// dependencies has no Vite and brings the built page along, or goes without: the service then says so at `/`.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

if (!existsSync(new URL('../node_modules/vite/package.json', import.meta.url))) {
  console.log('The page is not built: its tools are development dependencies, which are not installed.');
} else {
  const { build } = await import('vite');
  await build({
    configFile: fileURLToPath(new URL('../vite.config.ts', import.meta.url)),
    logLevel: 'warn',
  });
}
