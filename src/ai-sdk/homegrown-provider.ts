import type { LanguageModelV4, ProviderV4 } from '@ai-sdk/provider';
import { NoSuchModelError } from '@ai-sdk/provider';
import type { Project } from '../project/project.ts';
import type { ModelSource } from './model-source.ts';
import { ProjectModels } from './project-models.ts';
import { ProjectLanguageModel } from './project-language-model.ts';
import { type ServerOptions, serverModels } from './server-models.ts';

export type { HomegrownCallOptions } from './call-options.ts';
export type { HomegrownMetadata } from './call-metadata.ts';

/** Models of a Homegrown server, or of a project opened in this process. */
export type HomegrownProviderOptions = ServerOptions | { project: Project };

/** An AI SDK provider. */
export interface HomegrownProvider extends ProviderV4 {
  /** The same as `languageModel`. */
  (modelId: string): LanguageModelV4;
  /** Closes what was loaded in this process; models of a server need no closing. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Makes an AI SDK provider. Model ids are those of the server's API: `task:<name>`, `<model>@<version>`, `<upstream>/<its model>`; in
 * the same process a task's name (with or without `task:`) or `<model>@<version>`.
 */
export function createHomegrown(options: HomegrownProviderOptions): HomegrownProvider {
  const models = 'project' in options ? projectModels(options.project) : serverModels(options);
  const close = async (): Promise<void> => models.close?.();
  const provider = (modelId: string): LanguageModelV4 => models.languageModel(modelId);
  return Object.assign(provider, {
    specificationVersion: 'v4' as const,
    languageModel: models.languageModel,
    embeddingModel: models.embeddingModel,
    imageModel: (modelId: string): never => {
      throw new NoSuchModelError({ modelId, modelType: 'imageModel' });
    },
    close,
    [Symbol.asyncDispose]: close,
  });
}

function projectModels(project: Project): ModelSource {
  const models = new ProjectModels(project);
  return {
    languageModel: (modelId) => new ProjectLanguageModel(models, modelId),
    embeddingModel: (modelId) => {
      const message = `Models of a project answer labels and make no embeddings: ${modelId}`;
      throw new NoSuchModelError({ modelId, modelType: 'embeddingModel', message });
    },
    close: () => models.close(),
  };
}
