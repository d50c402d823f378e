/** The part of the browser's interface that the probe uses; the project's types know no DOM. */
interface PageElement {
  readonly tagName: string;
  readonly className: string | { baseVal: string };
  readonly textContent: string | null;
  readonly children: ArrayLike<PageElement>;
  readonly childNodes: Iterable<{ nodeType: number; textContent: string | null }>;
  getBoundingClientRect(): {
    left: number;
    top: number;
    right: number;
    bottom: number;
    width: number;
    height: number;
  };
  getScreenCTM?(): { a: number; b: number } | null;
  closest(selector: string): PageElement | null;
  checkVisibility(): boolean;
  querySelectorAll(selector: string): Iterable<PageElement>;
}
declare const document: PageElement & {
  documentElement: PageElement & { scrollWidth: number; clientWidth: number };
};
declare function getComputedStyle(element: PageElement): {
  fontSize: string;
  color: string;
  backgroundColor: string;
};

/** Runs inside the page: one sentence for each fault of its layout. Self-contained, as its source is sent to the browser. */
export function findLayoutFaults(smallestFontPx: number): string[] {
  const faults = new Set<string>();
  const textOf = (element: PageElement): string => (element.textContent ?? '').trim().slice(0, 40);
  const { scrollWidth, clientWidth } = document.documentElement;
  if (scrollWidth > clientWidth) {
    const wide = [...document.querySelectorAll('body *')].filter(
      (element) =>
        element.closest('.scroll, pre') === null && element.getBoundingClientRect().right > clientWidth + 1,
    );
    const named = wide.slice(-3).map((element) => `<${element.tagName.toLowerCase()}> "${textOf(element)}"`);
    faults.add(
      `the page scrolls sideways: ${scrollWidth} px in ${clientWidth}; too wide: ${named.join(', ')}`,
    );
  }

  for (const element of document.querySelectorAll('body *')) {
    const hasText = [...element.childNodes].some(
      (node) => node.nodeType === 3 && node.textContent?.trim() !== '',
    );
    if (
      !hasText ||
      ['SCRIPT', 'STYLE', 'TITLE', 'title'].includes(element.tagName) ||
      !element.checkVisibility()
    )
      continue;
    const matrix = element.closest('svg') === null ? null : element.getScreenCTM?.();
    const scale = matrix ? Math.hypot(matrix.a, matrix.b) : 1;
    const size = parseFloat(getComputedStyle(element).fontSize) * scale;
    if (size < smallestFontPx) faults.add(`text of ${size.toFixed(1)} px: "${textOf(element)}"`);
  }

  for (const svg of document.querySelectorAll('svg')) {
    if (!svg.checkVisibility()) continue;
    const edge = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('.point-label, .limit-label, .axis text')];
    const boxes = texts.map((element) => ({ element, box: element.getBoundingClientRect() }));
    for (const [index, { element, box }] of boxes.entries()) {
      if (
        box.left < edge.left - 1 ||
        box.right > edge.right + 1 ||
        box.top < edge.top - 1 ||
        box.bottom > edge.bottom + 1
      ) {
        faults.add(`a chart label is cut off: "${textOf(element)}"`);
      }
      for (const other of boxes.slice(index + 1)) {
        const wide = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
        const high = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
        if (wide > 1 && high > 2)
          faults.add(`chart labels overlap: "${textOf(element)}" and "${textOf(other.element)}"`);
      }
    }
  }
  return [...faults];
}
