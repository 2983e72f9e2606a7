// `npm run mock`: the development server with the stand-in backend of work.ts instead of a real one. Port by PORT.
import { Readable } from 'node:stream';
import { createServer } from 'vite';

async function bodyOf(request) {
  if (request.method === 'GET' || request.method === 'HEAD') return undefined;
  let text = '';
  for await (const part of request) text += part;
  return text || undefined;
}

/** Hands a request of node to the stand-in and its answer back, streams included. */
async function answer(handle, request, response) {
  const made = await handle(
    new Request(`http://localhost${request.url}`, { method: request.method, headers: { 'content-type': 'application/json' }, body: await bodyOf(request) }),
  );
  response.writeHead(made.status, Object.fromEntries(made.headers));
  if (!made.body) return response.end();
  const stream = Readable.fromWeb(made.body);
  response.on('close', () => stream.destroy());
  stream.on('error', () => response.end());
  stream.pipe(response);
}

const server = await createServer({
  server: { port: Number(process.env.PORT ?? 5173), strictPort: true, hmr: false, proxy: {} },
  plugins: [
    {
      name: 'lotse-work-mock',
      async configureServer(dev) {
        let handle;
        const fresh = async () => (handle = (await dev.ssrLoadModule('/tests/e2e/mock/work.ts')).workMock());
        dev.middlewares.use((request, response, next) => {
          const path = request.url ?? '';
          if (path.startsWith('/brand.css')) return response.writeHead(200, { 'content-type': 'text/css' }).end();
          if (!path.startsWith('/api/')) return next();
          const ready = handle && !path.endsWith('/mock/reset') ? Promise.resolve() : fresh();
          ready.then(() => (path.endsWith('/mock/reset') ? response.writeHead(204).end() : answer(handle, request, response))).catch(next);
        });
      },
    },
  ],
});
await server.listen();
server.printUrls();
