import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'

const page = (path) => fileURLToPath(new URL(path, import.meta.url))

/** Pages keep their folder as address (`/desk/`, `/widget/`, `/phone/`, `/`); the loader keeps its name because sites embed it. */
export default defineConfig({
  appType: 'mpa',
  build: {
    outDir: 'dist',
    emptyOutDir: true,
    target: 'es2023',
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: {
        demo: page('index.html'),
        desk: page('desk/index.html'),
        widget: page('widget/index.html'),
        phone: page('phone/index.html'),
        embed: page('widget/embed.ts'),
      },
      output: {
        entryFileNames: (chunk) => (chunk.name === 'embed' ? 'widget/embed.js' : 'assets/[name]-[hash].js'),
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/auth', '/cases', '/routing', '/tracking', '/insights', '/voice', '/sms', '/email', '/chat', '/sim', '/demo/state', '/demo/events'].map(
        (prefix) => [prefix, { target: process.env.POSTHOUSE_URL ?? 'http://localhost:8080', ws: true }],
      ),
    ),
  },
})
