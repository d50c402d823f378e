import { html, type Html } from './html.ts';

const TERMS: readonly [string, string][] = [
  ['Accuracy', 'The share of inputs answered with the right label.'],
  ['Baseline', 'Always answering the commonest class. A model that does not beat it has learned nothing.'],
  [
    'Calibration',
    'Whether stated confidence can be believed: of all answers given with 80 % confidence, about 80 % should be right. The calibration error is the average distance from that.',
  ],
  ['Candidate', 'One solution that was built and measured: a prompt, a trained model, or a mix of them.'],
  [
    'Confusion matrix',
    'A table of what was right against what was answered. Off the diagonal are the mistakes.',
  ],
  [
    'Cross-validation',
    'With little data: the data is cut into parts (folds), and each part is answered by models trained on the others. Every example gets an answer from a model that has not seen it.',
  ],
  [
    'Group',
    'Examples that belong together (one user, one conversation, one source). A group is never cut in two, because a model tested on what it has nearly seen looks better than it is.',
  ],
  [
    'Held-out',
    'Examples put away before anything is trained or chosen. They show how the choice does on inputs it has never met.',
  ],
  [
    'Interval (95 %)',
    'A measured quality is a sample. The interval says where the true one plausibly lies; fewer examples give a wider interval.',
  ],
  [
    'Macro-F1',
    'F1 averaged over classes, each counting the same, however rare. F1 of a class is the harmonic mean of its precision and recall.',
  ],
  [
    'Non-inferior (“as good”)',
    'The evidence shows that a candidate is behind the best by no more than the tolerance. The cheapest such candidate is chosen. “Worse” means shown to be worse; “unclear” means that more examples would be needed to tell.',
  ],
  ['p50, p95, p99', 'Half, 95 % and 99 % of calls were at least this fast.'],
  [
    'Paired difference',
    'Two candidates compared on the same examples. It shows small differences that two separate intervals would hide.',
  ],
  [
    'Precision, recall',
    'Precision: how often an answer of this class is right. Recall: how many of the class’s examples were found.',
  ],
  ['Rung', 'One technique, from cheap to dear. A climb tries them in order.'],
  ['Tolerance', 'How much worse than the best still counts as equally good. You set it in the config.'],
  [
    'Unusable answer',
    'A rented model answered something that is no label, or not at all. It counts as wrong.',
  ],
  ['Upstream', 'A language model somebody else trained, called over the network or run here.'],
  ['Validation', 'Examples used to tune and to choose, never to train on.'],
];

/** The words of this report for people new to training. */
export function renderGlossary(): Html {
  return html`<section id="words">
    <h2>Words</h2>
    <dl class="words">
      ${TERMS.map(
        ([term, meaning]) =>
          html`<div>
            <dt>${term}</dt>
            <dd>${meaning}</dd>
          </div>`,
      )}
    </dl>
  </section>`;
}
