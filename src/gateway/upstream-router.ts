import type { CallFacts } from './call-facts.ts';
import type { CallRouter, Route, Target } from './call-router.ts';
import { type OwnRoute, ownRoute } from './deployment/own-targets.ts';
import { modelNotFound, type ModelDirectory, nothingLive } from './resolve-model.ts';

/** What the router chooses from. */
export interface RouterOptions {
  directory: ModelDirectory;
  /** Upstream of names that name none; null: there is none. */
  defaultUpstream: string | null;
}

/** What a client asked for by the name of a model. */
export type NamedModel =
  | { readonly kind: 'task'; readonly task: string }
  | { readonly kind: 'version'; readonly task: string; readonly version: number }
  | {
      readonly kind: 'upstream';
      readonly upstream: string;
      readonly model: string;
      readonly isBare: boolean;
    };

const TASK_PREFIX = 'task:';
const VERSIONED = /^(.+)@([1-9]\d{0,8})$/;

/**
 * Reads a model's name: `task:<name>` or a task's bare name, `<model>@<version>`, `<upstream>/<its model>`, an upstream's bare
 * name; whatever else is left to the default upstream as it is. null: nobody knows it.
 */
function readModelName(name: string, options: RouterOptions): NamedModel | null {
  const { directory, defaultUpstream } = options;
  const task = name.startsWith(TASK_PREFIX) ? name.slice(TASK_PREFIX.length) : name;
  if (directory.pool.hasTask(task)) return { kind: 'task', task };
  if (name.startsWith(TASK_PREFIX)) return null;
  const [, base, version] = VERSIONED.exec(name) ?? [];
  if (base !== undefined && directory.pool.hasTask(base))
    return { kind: 'version', task: base, version: Number(version) };
  const slash = name.indexOf('/');
  const prefix = slash === -1 ? name : name.slice(0, slash);
  const named = directory.upstreams.get(prefix);
  if (named !== undefined && slash !== name.length - 1) {
    const model = slash === -1 ? named.model : name.slice(slash + 1);
    return { kind: 'upstream', upstream: prefix, model, isBare: false };
  }
  return defaultUpstream === null
    ? null
    : { kind: 'upstream', upstream: defaultUpstream, model: name, isBare: true };
}

/** A task's `upstream` chain as targets. */
function chainOf(task: string, { directory }: RouterOptions): Target[] {
  const chain = directory.pool.taskOf(task)?.config.upstream ?? [];
  return chain.flatMap((name): Target[] => {
    const slash = name.indexOf('/');
    const upstream = slash === -1 ? name : name.slice(0, slash);
    const served = directory.upstreams.get(upstream);
    if (served === undefined) return [];
    return [{ kind: 'upstream', upstream, model: slash === -1 ? served.model : name.slice(slash + 1) }];
  });
}

/**
 * Routes by the model's name. A task is answered by its canary for a share of the users, else by its live model and, when that fails or
 * the call does not map, by its `upstream` chain; without own models by the chain alone. A call that belongs to a task though its
 * model's name says nothing of one is answered by the task's own models too, and after them by what it named.
 */
export function upstreamRouter(options: RouterOptions): CallRouter {
  return { route: (facts) => route(facts, options) };
}

function route(facts: CallFacts, options: RouterOptions): Route | Promise<Route> {
  const named = readModelName(facts.model, options);
  if (named === null)
    return modelNotFound(options.directory, facts.model).then((error) => Promise.reject(error));
  switch (named.kind) {
    case 'task':
      return taskRoute(named.task, facts, options);
    case 'version':
      return versionRoute(named, facts, options);
    case 'upstream': {
      const { upstream, model, isBare } = named;
      const target: Target = { kind: 'upstream', upstream, model };
      if (!isBare || facts.task === null) return { targets: [target], shadow: null };
      const own = ownRouteOf(facts.task, facts, { options, mustMap: true });
      return { targets: [...own.targets, target], shadow: own.shadow };
    }
    default:
      return named satisfies never;
  }
}

function taskRoute(task: string, facts: CallFacts, options: RouterOptions): Route {
  const chain = chainOf(task, options);
  // Without anybody else the own model says itself why it cannot answer.
  const own = ownRouteOf(task, facts, { options, mustMap: chain.length > 0 });
  const targets = [...own.targets, ...chain];
  if (targets.length === 0) throw nothingLive(task, options.directory.pool.problemOf(task));
  return { targets, shadow: own.shadow };
}

function ownRouteOf(
  task: string,
  facts: CallFacts,
  { options, mustMap }: { options: RouterOptions; mustMap: boolean },
): OwnRoute {
  return ownRoute(facts, task, { pool: options.directory.pool, mustMap });
}

async function versionRoute(
  { task, version }: { task: string; version: number },
  { model }: CallFacts,
  { directory }: RouterOptions,
): Promise<Route> {
  const isKnown = (await directory.registry.find(task, version)) !== null;
  if (!isKnown) throw await modelNotFound(directory, model);
  return { targets: [{ kind: 'own', task, version, answeredAs: 'version' }], shadow: null };
}
