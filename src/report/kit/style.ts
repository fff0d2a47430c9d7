/** The page's whole style, light and dark. */
export const style = `
:root {
  color-scheme: light dark;
  --page: #fdfdfc; --panel: #f4f5f4; --text: #1b1f23; --soft: #59636d; --line: #dfe3e6; --strong: #b9c0c6;
  --warn: #8a4b00; --warn-panel: #fff4e2; --focus: #0b6bb3; --heat: #6db3e8; --plus: #0e6f34; --minus: #b3182c;
  --m0: #0b6bb3; --m1: #c2530a; --m2: #0b7f60; --m3: #9c3f86; --m4: #8a6b00; --m5: #54656f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #14171a; --panel: #1d2125; --text: #e8eaec; --soft: #a2adb7; --line: #2d3339; --strong: #4a535c;
    --warn: #ffc47a; --warn-panel: #332510; --focus: #6cb8f2; --heat: #1d659c; --plus: #5fcf8b; --minus: #ff8b98;
    --m0: #5fb2f0; --m1: #f39a55; --m2: #48c79d; --m3: #e08fce; --m4: #dcbc4f; --m5: #a6b8c3;
  }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; -webkit-text-size-adjust: 100%; }
body {
  margin: 0 auto; padding: 0 clamp(1rem, 3vw, 2.5rem) 5rem; max-width: 80rem; background: var(--page); color: var(--text);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; overflow-wrap: anywhere;
}
a { color: inherit; text-underline-offset: .2em; text-decoration-color: var(--strong); }
a:hover { text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
h1, h2, h3 { line-height: 1.2; text-wrap: balance; letter-spacing: -.012em; }
h1 { margin: 0; font-size: clamp(1.7rem, 1.2rem + 2vw, 2.5rem); font-weight: 700; }
h2 { margin: 0 0 .25rem; font-size: 1.5rem; }
h3 { margin: 0 0 .2rem; font-size: 1.08rem; }
small { font-size: .78rem; color: var(--soft); font-weight: 400; }
code, pre { font: .78rem/1.5 ui-monospace, "SF Mono", Menlo, Consolas, monospace; color: var(--soft); }
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--page); z-index: 9; }
.top { padding: clamp(1.6rem, 4vw, 3.2rem) 0 1.2rem; }
.size { margin: .35rem 0 0; color: var(--soft); }
.warning { margin: 0 0 1.5rem; padding: .7rem 1rem; border-left: 4px solid var(--warn); background: var(--warn-panel); color: var(--warn); }
.verdict { width: fit-content; padding: .15rem .7rem; border-radius: 4px; font-weight: 700; margin: 0 0 1rem; color: var(--page); background: var(--plus); }
.verdict.broken { background: var(--minus); } .verdict.undecided { background: var(--m4); }
main > section { padding-top: 2.8rem; margin-top: 2.8rem; border-top: 1px solid var(--line); }
main > section#result { padding-top: 0; margin-top: 0; border: 0; }
tbody tr:not(.group) > th .name { color: var(--soft); } .one tbody tr > th .name { color: inherit; }
[hidden] { display: none !important; }
#result > h2 { font-size: 1rem; color: var(--soft); font-weight: 500; letter-spacing: 0; margin-bottom: .8rem; }
.lead > div > p { margin: 0 0 1rem; font-size: 1.12rem; max-width: 36rem; }
.bar { position: sticky; top: 0; z-index: 5; display: flex; gap: .4rem 1.6rem; align-items: center; flex-wrap: wrap; margin: 0 -1rem 1.8rem;
  padding: .55rem 1rem; background: color-mix(in srgb, var(--page) 93%, transparent); border-bottom: 1px solid var(--line); font-size: .875rem; }
.bar nav { display: flex; gap: .2rem 1.1rem; flex-wrap: wrap; }
.filter { border: 0; margin: 0; padding: 0; display: flex; gap: .3rem 1rem; flex-wrap: wrap; min-width: 0; }
.filter legend { float: left; padding: 0; margin-right: .6rem; color: var(--soft); }
.filter label { display: inline-flex; align-items: center; gap: .35rem; cursor: pointer; }
.filter input { accent-color: var(--soft); margin: 0; width: 1rem; height: 1rem; }
.model { display: inline-flex; align-items: baseline; font-weight: 600; }
.frame .model { line-height: 1.25; min-width: 6.5rem; max-width: 10rem; }
.mark { margin-right: .4em; align-self: flex-start; margin-top: .2em; flex: none; }
.lead { display: grid; grid-template-columns: minmax(0, 1fr) minmax(0, 35rem); gap: 1.5rem 3rem; align-items: start; }
[role=status] { color: var(--soft); font-size: .875rem; margin-left: .6rem; }
.search { display: block; margin: 0 0 .6rem; } .search input { font: inherit; font-size: .9rem; width: min(16rem, 70%); padding: .3rem .6rem; border: 1px solid var(--strong); border-radius: 6px; background: var(--page); color: inherit; }
.search input::placeholder { color: var(--soft); opacity: 1; }
.tables { display: flex; flex-wrap: wrap; gap: 2rem 3rem; margin: 2rem 0; }
.tables > div { max-width: 100%; min-width: 0; } .tables .frame { margin: 0; }
.note { margin: 0 0 1.1rem; color: var(--soft); max-width: 46rem; }
.block { margin-top: 2.8rem; } .lead .block { margin-top: 0; }
.explained { font-size: .85rem; margin-top: -.6rem; } .tables .explained { margin-top: .6rem; } thead small { display: block; font-size: .72rem; font-weight: 400; }
.remarks { margin: 2rem 0 0; padding-left: 1.1rem; color: var(--soft); font-size: .9rem; max-width: 56rem; }
.frame { overflow: auto; max-height: min(85vh, 60rem); margin: 0 0 1.2rem; }
table { border-collapse: separate; border-spacing: 0; font-size: .9rem; line-height: 1.35; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
.caption { margin: 0 0 .3rem; color: var(--soft); font-size: .9rem; max-width: 40rem; }
.caption b { color: var(--text); }
th { font-weight: 600; text-align: left; }
th, td { padding: .5rem .55rem; vertical-align: top; border-bottom: 1px solid var(--line); }
thead th { position: sticky; top: 0; z-index: 2; background: var(--page); color: var(--soft); font-size: .8rem; white-space: nowrap; vertical-align: bottom; border-bottom: 1px solid var(--strong); }
tbody th { position: sticky; left: 0; z-index: 1; background: var(--page); font-weight: 500; max-width: 12rem; }
thead th:first-child { left: 0; z-index: 3; }
th:first-child { padding-left: 0; }
.num { text-align: right; white-space: nowrap; }
td small, th small { display: block; white-space: nowrap; }
td small.words { white-space: normal; min-width: 5.5rem; }
tbody th small { overflow: hidden; text-overflow: ellipsis; }
tbody th .name { min-width: 8rem; display: block; }
.score b { font-size: 1.12rem; font-weight: 500; }
.score.best b { font-weight: 750; }
.score.soft b { color: var(--soft); }
tr:target > * { background: var(--panel); }
tbody tr:hover > * { background: var(--panel); }
thead button { all: unset; cursor: pointer; } thead button:focus-visible { outline: 2px solid var(--focus); }
thead button::after { content: "\\2195"; opacity: .35; margin-left: .3em; }
[aria-sort=ascending] button::after { content: "\\2191"; opacity: 1; }
[aria-sort=descending] button::after { content: "\\2193"; opacity: 1; }
.kinds { margin: 0 0 1.6rem; font-size: .875rem; }
.paste { padding: 1rem 1.2rem; background: var(--panel); border-radius: 8px; max-width: 38rem; }
.paste p { margin: 0; } .paste .tools { margin-top: .6rem; min-height: 2rem; }
button.copy { font: inherit; font-size: .875rem; padding: .3rem .8rem; border: 1px solid var(--strong); border-radius: 6px; background: var(--page); color: inherit; cursor: pointer; }
button.copy:hover { border-color: var(--text); }
.badge { display: inline-block; padding: 0 .5em; border-radius: 1em; border: 1px solid var(--strong); font-size: .76rem; margin-right: .3rem; }
.badge.few { margin: 0; color: var(--soft); white-space: nowrap; font-weight: 400; letter-spacing: 0; }
.key { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem 1.4rem; padding: 0; margin: 0 0 1rem; font-size: .875rem; }
.key li { display: inline-flex; align-items: center; }
.key i { display: grid; place-content: center; width: 1.2rem; height: 1.2rem; margin-right: .45rem; line-height: 1; font-style: normal; font-weight: 700; color: #fff; }
.key .truth { border: 3px solid #ffdf3d; background: #333; border-radius: 3px; } .key .prediction { border: 3px solid #2f8dff; background: #2f8dff61; border-radius: 3px; }
.key .positive { background: #12853f; border-radius: 50%; } .key .negative { background: #c81e34; border-radius: 2px; } .key .boxed { background: #333; box-shadow: inset 0 0 0 2px #333; outline: 1.5px dashed #fff; outline-offset: -5px; }
figure { margin: 0; }
.chart { margin: 0 0 1.6rem; min-width: 0; }
.chart figcaption { margin-bottom: .5rem; font-size: .9rem; }
.chart figcaption span:not(.model) { color: var(--soft); }
.chart .scroll { overflow-x: auto; }
.narrow { display: none; }
.small figcaption { font-size: .82rem; margin: 0; }
.plot { display: block; height: auto; max-width: 100%; font-family: inherit; font-size: 11px; font-variant-numeric: tabular-nums; overflow: visible; --plot-background: var(--page); }
.plot text { white-space: pre; }
.plot .tick { fill: var(--text); } .plot .axis { fill: var(--soft); }
.plot .label { font-weight: 600; } .plot .faint { fill: var(--soft); }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 1rem 2.5rem; }
details { margin: .4rem 0; } summary { cursor: pointer; padding: .3rem 0; }
.definitions { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 22rem), 1fr)); gap: 1.1rem 2.5rem; margin: 1rem 0 0; }
dt { font-weight: 600; } dd { margin: .1rem 0 0; color: var(--soft); font-size: .92rem; }
.facts-table { width: 100%; } .facts-table th { width: 14rem; position: static; } .facts-table td { overflow-wrap: anywhere; }
pre { white-space: pre-wrap; }
@media (max-width: 60rem) { .lead { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 40rem) {
  .wide { display: none; } .narrow { display: block; }
  .bar { position: static; } .block { margin-top: 2.2rem; } th, td { padding: .45rem .35rem; } .facts-table th { width: 8rem; }
  .frame tbody th { max-width: 9.5rem; }
  .stacked thead { display: none; } .stacked tr, .stacked td, .frame .stacked th { display: block; max-width: none; }
  .stacked tr { padding: .5rem 0; border-bottom: 1px solid var(--line); } .stacked th, .stacked td { position: static; padding: .05rem 0; border: 0; text-align: left; white-space: normal; }
  .stacked td::before { content: attr(data-head) ": "; color: var(--soft); }
  /* A shade at the right edge while there is more to scroll to. */
  .frame { width: fit-content; max-width: 100%; background: linear-gradient(to left, var(--page) 40%, transparent) right / 2.4rem 100% no-repeat local,
    linear-gradient(to left, color-mix(in srgb, var(--text) 24%, transparent), transparent) right / .8rem 100% no-repeat scroll; }
}
@media (max-width: 26rem) { .frame .model { min-width: 5rem; } .frame tbody th { max-width: 7.5rem; } }
@media print {
  :root { --page: #fff; --text: #000; --soft: #444; --line: #ccc; --strong: #999; }
  body { max-width: none; font-size: 10pt; padding: 0; } .bar, .kinds, .skip, .search, .tools { display: none; } .paste { padding: 0; }
  .frame { overflow: visible; max-height: none; } thead th, tbody th { position: static; } .frame table { font-size: 7.5pt; }
  th, td { padding: .2rem .35rem; } .chart, tr { break-inside: avoid; } h2, h3 { break-after: avoid; }
}
`;

/** Rules that hide a model, protocol or kind whose box on the page is not ticked: no script needed. */
export function filterRules(names: readonly string[]): string {
  return names.map((name) => `body:has(#show-${name}:not(:checked)) .${name} { display: none; }`).join("\n");
}
