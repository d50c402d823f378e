import type { ApiCall } from './api-call.ts';
import { listModelNames, modelNotFound } from './resolve-model.ts';

interface ModelObject {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

/** `GET /v1/models`. */
export async function listModels(call: ApiCall): Promise<Response> {
  return call.respondJson({ object: 'list', data: await modelObjects(call) });
}

/** `GET /v1/models/:id`. */
export async function getModel(call: ApiCall, id: string): Promise<Response> {
  const { pool, upstreams } = call.directory;
  const upstream = upstreams.get(id);
  const wanted = pool.hasTask(id) ? `task:${id}` : upstream === undefined ? id : `${id}/${upstream.model}`;
  const found = (await modelObjects(call)).find((model) => model.id === wanted);
  if (found === undefined) throw await modelNotFound(call.directory, id);
  return call.respondJson(found);
}

async function modelObjects({ directory }: ApiCall): Promise<ModelObject[]> {
  const names = await listModelNames(directory);
  return names.map(({ id, since, owner }) => ({
    id,
    object: 'model',
    created: Math.floor(Date.parse(since) / 1000),
    owned_by: owner,
  }));
}
