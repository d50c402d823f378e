import type { HomegrownError } from '../../errors/homegrown-error.ts';
import type {
  Deployment,
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
  const settings = one.settings ?? null;
  const deployed = yield* rowOf(
    'SELECT state FROM deployments WHERE task = ? AND version = ?',
    task,
    one.version,
  );
  const found = (deployed?.['state'] ?? null) as DeploymentState | null;
  if (found !== one.from) throw staleState(place, change, one, found);
  yield* rowsOf(
    `INSERT INTO deployments (task, version, state, since, settings) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT (task, version) DO UPDATE
     SET state = excluded.state, since = excluded.since, settings = excluded.settings`,
    task,
    one.version,
    one.to,
    at,
    JSON.stringify(settings),
  );
  const row = yield* rowOf(
    `INSERT INTO transitions (task, version, from_state, to_state, settings, action, by, reason, evidence, at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING id`,
    task,
    one.version,
    one.from,
    one.to,
    JSON.stringify(settings),
    action,
    by,
    reason,
    JSON.stringify(evidence),
    at,
  );
  return { ...one, settings, id: Number(row!['id']), task, action, by, reason, evidence, at };
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
