import { z } from 'zod';
import { type CandidateReport, estimateSchema, type Quality, type Report } from '../schema/report.ts';

const qualitySummarySchema = z.strictObject({
  examples: z.number().int(),
  groups: z.number().int(),
  accuracy: estimateSchema,
  macroF1: estimateSchema,
  /** Expected calibration error; null when the model gives no probabilities. */
  calibrationError: estimateSchema.nullable(),
  /** Share of answers that were no label. */
  unusable: z.number(),
});
export type QualitySummary = z.infer<typeof qualitySummarySchema>;

/** What is kept beside a registered model of the report it comes from: enough to list, compare and promote. */
export const evaluationSummarySchema = z.strictObject({
  run: z.string(),
  dataset: z.string(),
  candidate: z.string(),
  metric: z.enum(['accuracy', 'macro-f1']),
  protocol: z.enum(['held-out', 'cross-validation']),
  /** In the task's metric, free of the bias of having been chosen; null when it was not the chosen candidate. */
  quality: estimateSchema.nullable(),
  validation: qualitySummarySchema,
  /** null in a cross-validation. */
  heldOut: qualitySummarySchema.nullable(),
  p95LatencyMs: z.number().nullable(),
  costPer1kUsd: z.number().nullable(),
  modelBytes: z.number().int(),
});
export type EvaluationSummary = z.infer<typeof evaluationSummarySchema>;

/** The summary of one candidate of a report. */
export function evaluationSummaryOf(report: Report, candidate: CandidateReport): EvaluationSummary {
  return {
    run: report.run,
    dataset: report.dataset.hash,
    candidate: candidate.name,
    metric: report.metric,
    protocol: report.protocol.kind,
    quality: report.choice.chosen === candidate.name ? report.choice.quality : null,
    validation: qualitySummaryOf(candidate.validation),
    heldOut: candidate.heldOut === null ? null : qualitySummaryOf(candidate.heldOut),
    p95LatencyMs: candidate.measured.latency?.p95Ms ?? null,
    costPer1kUsd: candidate.measured.costPer1kUsd,
    modelBytes: candidate.measured.modelBytes,
  };
}

function qualitySummaryOf(quality: Quality): QualitySummary {
  const { examples, groups, accuracy, macroF1, unusable } = quality;
  return {
    examples,
    groups,
    accuracy,
    macroF1,
    calibrationError: quality.calibration?.error ?? null,
    unusable,
  };
}
