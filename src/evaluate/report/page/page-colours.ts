/** Blue for right and chosen, orange for wrong and warnings: told apart by colour-blind readers, and never by colour alone. */
const LIGHT = `
--bg:#fff;--raised:#f6f7f9;--text:#1b1f26;--quiet:#58616e;--line:#dfe3e8;--grid:#eceff2;
--accent:#175ca8;--accent-soft:#e4eefa;--accent-mid:#9fc3ea;--mark:#5d6876;--bad:#a0470a;--bad-soft:#fdf0e3;--beyond:#f5efe8;
--heat-weak:#1b1f26;--heat-strong:#fff;
--r1:#e6f0fa;--r2:#cfe2f5;--r3:#abcdec;--r4:#7db0de;--r5:#2f73b7;--r6:#1b5796;--r7:#0f3f73;
--w0:#f3f4f5;--w1:#fdebd7;--w2:#fad8b5;--w3:#f5bd87;--w4:#ea9550;--w5:#b85a14;--w6:#944408;--w7:#6f3206;`;

const DARK = `
--bg:#15181d;--raised:#1d2127;--text:#e7eaee;--quiet:#a2abb7;--line:#333a43;--grid:#262b32;
--accent:#84b8f3;--accent-soft:#1b2d42;--accent-mid:#3a648f;--mark:#a6b0bd;--bad:#f0a967;--bad-soft:#33261a;--beyond:#221f1c;
--heat-weak:#f0f2f5;--heat-strong:#14171b;
--r1:#1c2a3a;--r2:#21384f;--r3:#284b6d;--r4:#33618f;--r5:#5b97d6;--r6:#86b7ea;--r7:#b9d8f7;
--w0:#1f2329;--w1:#33261a;--w2:#45301c;--w3:#5d3f20;--w4:#7d5222;--w5:#cf8a45;--w6:#ecae6d;--w7:#fad4a6;`;

/** Colours as custom properties: light, dark by the reader's preference, and light again on paper. */
export const PAGE_COLOURS: string = `:root{color-scheme:light dark;${LIGHT}}
@media (prefers-color-scheme:dark){:root{${DARK}}}
@media print{:root{color-scheme:light;${LIGHT}}}`;
