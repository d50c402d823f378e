import type { TaskStatus } from '../model-pool.ts';
import type { MetricFamily, Sample } from './metric-text.ts';

/** Which versions are deployed, and whether they are there. */
export function deploymentFamilies(pool: {
  status(): readonly TaskStatus[];
  readonly followsRegistry: boolean;
}): MetricFamily[] {
  const tasks = pool.status();
  const versions = tasks.flatMap(({ task, serving, live, canary, shadow }) => {
    const states = { serving, live, canary, shadow };
    return Object.entries(states).flatMap(([state, version]): Sample[] =>
      version === null
        ? []
        : [
            {
              labels: [
                ['task', task],
                ['state', state],
              ],
              value: version,
            },
          ],
    );
  });
  const problems = tasks.map(({ task, problem }) => ({
    labels: [['task', task]] as const,
    value: problem === null ? 0 : 1,
  }));
  return [
    {
      name: 'homegrown_deployed_version',
      type: 'gauge',
      help: 'The version of each task’s own model in each state; serving: the one that answers here.',
      samples: versions,
    },
    {
      name: 'homegrown_deployment_problem',
      type: 'gauge',
      help: '1 while a deployed model of the task cannot be loaded here.',
      samples: problems,
    },
    {
      name: 'homegrown_registry_reachable',
      type: 'gauge',
      help: '1 while this server can ask what is deployed.',
      samples: [{ labels: [], value: pool.followsRegistry ? 1 : 0 }],
    },
  ];
}
