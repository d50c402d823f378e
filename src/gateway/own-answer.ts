/** What an own model answered, whole: it has nothing to wait for between parts. */
export interface OwnAnswer {
  readonly body: string;
  readonly isEventStream: boolean;
  /** The id in the body. */
  readonly responseId: string;
}
