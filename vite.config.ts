import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** The page: `dashboard/` becomes `build/dashboard`, from where the service sends it. */
export default defineConfig({
  root: fileURLToPath(new URL('./dashboard', import.meta.url)),
  // Relative addresses, so that the page works below any path of a reverse proxy.
  base: './',
  plugins: [react()],
  build: {
    outDir: '../build/dashboard',
    emptyOutDir: true,
    // The first ones that know `light-dark()` and nested CSS rules.
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // The page's policy takes nothing inline, and a `data:` address only for images.
    assetsInlineLimit: 0,
  },
  server: {
    // `vite` beside a running service, while one works on the page.
    proxy: { '/api': 'http://127.0.0.1:8080', '/webhook': 'http://127.0.0.1:8080' },
  },
});
