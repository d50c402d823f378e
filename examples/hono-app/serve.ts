import { serve } from '@hono/node-server';
import { helpDesk } from './app.ts';

// node serve.ts: HOMEGROWN_URL=http://127.0.0.1:4400 HOMEGROWN_API_KEY=… PORT=3000
const { HOMEGROWN_URL = 'http://127.0.0.1:4400', HOMEGROWN_API_KEY, PORT = '3000' } = process.env;
const app = helpDesk({ homegrownUrl: HOMEGROWN_URL, apiKey: HOMEGROWN_API_KEY });
serve({ fetch: app.fetch, port: Number(PORT) }, ({ port }) => console.log(`http://127.0.0.1:${port}`));
