// The surfaces and the paths they answer to, for the build and the development server.
import type { Plugin } from 'vite';

/** `file` is the HTML entry, `path` the address under which the backend serves it. */
export const surfaces = [
  { file: 'index', path: '/' },
  { file: 'terminal', path: '/terminal' },
  { file: 'display', path: '/display' },
  { file: 'desk', path: '/desk' },
  { file: 'ops', path: '/ops' },
  { file: 'phone', path: '/phone' },
] as const;

/** Lets the development and preview servers answer `/desk/day` with `desk.html`, as the backend does. */
export function surfacePaths(): Plugin {
  const rewrite = (url: string): string => {
    const path = url.split('?')[0] ?? url;
    if (/\.[a-z0-9]+$/i.test(path) || path.startsWith('/@')) return url;
    const surface = surfaces.find((s) => s.path !== '/' && (path === s.path || path.startsWith(`${s.path}/`)));
    return surface ? `/${surface.file}.html` : url;
  };
  type Server = { middlewares: { use(handler: (req: { url?: string }, res: unknown, next: () => void) => void): void } };
  const install = (server: Server) => {
    server.middlewares.use((req, _res, next) => {
      if (req.url) req.url = rewrite(req.url);
      next();
    });
  };
  return { name: 'lotse-surface-paths', configureServer: install, configurePreviewServer: install };
}
