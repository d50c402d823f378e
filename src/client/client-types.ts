/** A value that survives JSON. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

interface AboutInference {
  /** The inference's id, or the id in the answer (`chatcmpl-…`, `resp_…`). */
  readonly inference: string;
  /** Told twice with the same id it counts once. The client makes one when it is left out. */
  readonly id?: string | undefined;
  /** When it happened; now when left out. */
  readonly at?: string | Date | undefined;
  /** Who said so. Needed to find and erase it by person later. */
  readonly by?: string | null | undefined;
  readonly comment?: string | null | undefined;
}

/** What happened to an answer later. */
export type Feedback = AboutInference &
  (
    | { readonly kind: 'accepted' | 'rejected' }
    | { readonly kind: 'edited' | 'corrected'; readonly output: Json }
    | { readonly kind: 'score'; readonly score: number }
  );

/** What the server made of feedback. */
export interface FeedbackReceipt {
  readonly feedback: readonly {
    readonly id: string;
    readonly inference: string;
    /** Its inference is not stored yet; it is linked once it is. */
    readonly waiting: boolean;
  }[];
  /** Stored now, as opposed to `repeated`. */
  readonly new: number;
  readonly repeated: number;
  readonly waiting: number;
}

/** What a model says of one input. */
export interface Prediction<Label extends string = string> {
  /** null when a language model elsewhere gave no usable answer. */
  readonly label: Label | null;
  /** Of the label; null when the model gives none. */
  readonly probability: number | null;
  /** Most probable first; null when the model gives none. */
  readonly probabilities: readonly { readonly label: Label; readonly probability: number }[] | null;
  /** For feedback; null when the server keeps no calls. */
  readonly inference: string | null;
  /** Why there is no label. */
  readonly error?: { readonly code: string };
}

export interface PredictOptions {
  /** Which version answers; the live one when left out. */
  version?: number | undefined;
  /** How many labels are listed with their probability. Default 10. */
  top?: number | undefined;
  /** Whom the call is for. */
  user?: string | undefined;
  /** What belongs together: a conversation, a customer. */
  group?: string | undefined;
  tags?: Readonly<Record<string, string>> | undefined;
  signal?: AbortSignal | undefined;
}
