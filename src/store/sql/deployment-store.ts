import type { HomegrownError } from '../../errors/homegrown-error.ts';
import type {
  Deployment,
  DeploymentArchive,
  DeploymentChange,
  DeploymentState,
  DeploymentStore,
  StateChange,
  Transition,
} from '../store.ts';
import { conflict } from './conflict.ts';
import { ConstraintViolation, type Database, rowOf, rowsOf, type Work } from './database.ts';
import { deploymentOf, transitionOf } from './registry-rows.ts';

/** Deployments in a database. */
export function deploymentStoreOver(database: Database): DeploymentStore {
  return {
    list: (task) => database.run(() => listDeployments(task), { repeatable: true }),
    apply: (change) => apply(database, change),
    history: (task) => database.run(() => history(task), { repeatable: true }),
    restore: (task, archive) => restore(database, task, archive),
  };
}

function* listDeployments(task: string | undefined): Work<Deployment[]> {
  const rows =
    task === undefined
      ? yield* rowsOf('SELECT * FROM deployments ORDER BY task, version')
      : yield* rowsOf('SELECT * FROM deployments WHERE task = ? ORDER BY version', task);
  return rows.map(deploymentOf);
}

function* history(task: string): Work<Transition[]> {
  return (yield* rowsOf('SELECT * FROM transitions WHERE task = ? ORDER BY id', task)).map(transitionOf);
}

async function apply(database: Database, change: DeploymentChange): Promise<Transition[]> {
  const at = new Date().toISOString();
  try {
    return await database.transaction(() => applyAll(database.place, change, at), { turn: 'deployments' });
  } catch (cause) {
    if (!(cause instanceof ConstraintViolation)) throw cause;
    throw conflict({
      where: database.place,
      message: `cannot ${change.action} for "${change.task}": a model that does not exist, or a second one that is live, canary or shadow`,
      cause,
    });
  }
}

function* applyAll(place: string, change: DeploymentChange, at: string): Work<Transition[]> {
  const applied: Transition[] = [];
  for (const one of change.changes) applied.push(yield* applyOne(place, change, one, at));
  return applied;
}

function* applyOne(place: string, change: DeploymentChange, one: StateChange, at: string): Work<Transition> {
  const { task, action, by, reason, evidence } = change;
  const { settings = null } = one;
  const deployed = yield* rowOf(
    'SELECT state FROM deployments WHERE task = ? AND version = ?',
    task,
    one.version,
  );
  const found = (deployed?.['state'] ?? null) as DeploymentState | null;
  if (found !== one.from) throw staleState(place, change, one, found);
  yield* setDeployment({ task, version: one.version, state: one.to, since: at, settings });
  const id = yield* addTransition({ ...one, settings, task, action, by, reason, evidence, at });
  return { ...one, settings, id, task, action, by, reason, evidence, at };
}

function* setDeployment({ task, version, state, since, settings }: Deployment): Work<void> {
  yield* rowsOf(
    `INSERT INTO deployments (task, version, state, since, settings) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (task, version) DO UPDATE
     SET state = excluded.state, since = excluded.since, settings = excluded.settings`,
    task,
    version,
    state,
    since,
    JSON.stringify(settings),
  );
}

function* addTransition(transition: Omit<Transition, 'id'>): Work<number> {
  const { task, version, from, to, settings = null, action, by, reason, evidence, at } = transition;
  const row = yield* rowOf(
    `INSERT INTO transitions (task, version, from_state, to_state, settings, action, by, reason, evidence, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    task,
    version,
    from,
    to,
    JSON.stringify(settings),
    action,
    by,
    reason,
    JSON.stringify(evidence),
    at,
  );
  return Number(row!['id']);
}

async function restore(database: Database, task: string, archive: DeploymentArchive): Promise<boolean> {
  try {
    return await database.transaction(() => restoreAll(task, archive), { turn: 'deployments' });
  } catch (cause) {
    if (!(cause instanceof ConstraintViolation)) throw cause;
    throw conflict({
      where: database.place,
      message: `cannot take over the deployments of "${task}": a model of theirs does not exist here`,
      cause,
    });
  }
}

function* restoreAll(task: string, archive: DeploymentArchive): Work<boolean> {
  if ((yield* history(task)).length > 0) return false;
  for (const deployment of archive.deployments) yield* setDeployment({ ...deployment, task });
  for (const transition of archive.history) yield* addTransition({ ...transition, task });
  return true;
}

function staleState(
  place: string,
  change: DeploymentChange,
  one: StateChange,
  found: DeploymentState | null,
): HomegrownError {
  return conflict({
    where: place,
    message: `cannot ${change.action}: ${change.task}@${one.version} was changed by another process`,
    expected: `state ${one.from ?? 'none'}`,
    found: found ?? 'none',
    hint: 'Look at `homegrown models list` and decide again.',
  });
}
