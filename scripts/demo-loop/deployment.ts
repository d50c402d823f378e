import { openProject } from '../../src/index.ts';
import type { DeploymentStatus } from '../../src/schema/deployment-status.ts';
import { ask } from '../../test/support/http-ask.ts';

/** How the task's models came to be where they are. */
export interface DeploymentWithHistory extends DeploymentStatus {
  history: { evidence: { gates?: { gate: string; found: string }[] } | null }[];
}

/** Who answers the task now, and who is on the way. */
export async function deploymentOf(baseUrl: string): Promise<DeploymentWithHistory> {
  const answer = await ask(`${baseUrl}/api/v1/deployments/topic`);
  if (answer.status !== 200)
    throw new Error(`the deployments were refused with ${answer.status}: ${answer.text}`);
  return answer.json as DeploymentWithHistory;
}

/** What 1,000 calls cost, by what was kept of each; null when it is unknown. */
export async function costs(
  directory: string,
): Promise<{ rentedPer1k: number | null; ownPer1k: number | null }> {
  process.env['RENTED_URL'] ??= 'http://127.0.0.1:9/v1';
  const project = await openProject(directory);
  try {
    const tally = await project.store.inferences.tally({ task: 'topic', since: '2000-01-01T00:00:00.000Z' });
    const per1k = (isOurs: boolean): number | null => {
      const sides = tally.filter(
        ({ target, answeredAs }) => answeredAs !== 'shadow' && target.startsWith('topic@') === isOurs,
      );
      const priced = sides.reduce((sum, { pricedCalls }) => sum + pricedCalls, 0);
      return priced === 0 ? null : (1000 * sides.reduce((sum, { costUsd }) => sum + costUsd, 0)) / priced;
    };
    return { rentedPer1k: per1k(false), ownPer1k: per1k(true) };
  } finally {
    await project.close();
  }
}
