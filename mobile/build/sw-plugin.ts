// Builds the citizen's service worker after the main build, with the list of files it keeps for offline use.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { build, type Plugin, type ResolvedConfig } from 'vite';

interface Options {
  /** Source of the worker, relative to the project root. */
  entry: string;
  /** Whether a built file (path relative to the output folder) is kept for offline use. */
  include: (file: string) => boolean;
}

/** A file the worker keeps; `rev` is null where the name already carries a hash. */
interface Precached {
  url: string;
  rev: string | null;
}

const hash = (content: Buffer | string) => createHash('sha256').update(content).digest('hex').slice(0, 12);

function precacheList(folder: string, include: Options['include']): Precached[] {
  return fs
    .readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)).split(path.sep).join('/'))
    .filter(include)
    .sort()
    .map((file) => ({
      url: `/${file}`,
      rev: file.startsWith('assets/') ? null : hash(fs.readFileSync(path.join(folder, file))),
    }));
}

export function serviceWorker({ entry, include }: Options): Plugin {
  let config: ResolvedConfig;
  return {
    name: 'lotse-service-worker',
    apply: 'build',
    configResolved(resolved) {
      config = resolved;
    },
    async closeBundle() {
      const outDir = path.resolve(config.root, config.build.outDir);
      const list = precacheList(outDir, include);
      await build({
        root: config.root,
        configFile: false,
        publicDir: false,
        logLevel: 'warn',
        define: { __PRECACHE__: JSON.stringify(list), __REVISION__: JSON.stringify(hash(JSON.stringify(list))) },
        build: {
          outDir,
          emptyOutDir: false,
          target: 'es2022',
          rolldownOptions: {
            input: path.resolve(config.root, entry),
            output: { format: 'iife', entryFileNames: 'sw.js' },
          },
        },
      });
      config.logger.info(`sw.js keeps ${list.length} files for offline use`);
    },
  };
}
