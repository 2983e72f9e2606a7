// Makes KERN UX (@kern-ux/native, EUPL-1.2) safe for right-to-left pages and smaller.
//
// KERN ships physical properties only, so in Arabic its error bars and radios sit on the wrong side. This plugin
//   1. turns physical properties and values into logical ones,
//   2. drops the utility and grid classes and the component families no surface uses (never the token rules:
//      dropping `:is(body, …)` would silently break branding and the dark theme),
//   3. drops KERN's fonts, because ours are subset, and
//   4. wraps the rest in `@layer kern`, so our own components win without specificity games.
import fs from 'node:fs';
import { createRequire } from 'node:module';
import postcss from 'postcss';

const PROPERTIES = {
  'margin-left': 'margin-inline-start',
  'margin-right': 'margin-inline-end',
  'padding-left': 'padding-inline-start',
  'padding-right': 'padding-inline-end',
  'border-left': 'border-inline-start',
  'border-right': 'border-inline-end',
  'border-left-width': 'border-inline-start-width',
  'border-left-color': 'border-inline-start-color',
  left: 'inset-inline-start',
  right: 'inset-inline-end',
  'border-top-left-radius': 'border-start-start-radius',
  'border-top-right-radius': 'border-start-end-radius',
  'border-bottom-left-radius': 'border-end-start-radius',
  'border-bottom-right-radius': 'border-end-end-radius',
};

/** The component families Lotse uses. Everything else named `.kern-…` goes. */
const FAMILIES =
  /^\.kern-(btn|link|form-input|form-check|fieldset|error|label|alert|badge|loader|progress|table|divider|icon|body|heading|title|sr-only|kopfzeile|container)(?![a-z])/;

const require = createRequire(import.meta.url);

/** The `.kern-…` selectors of KERN's utility and grid files. */
function utilitySelectors() {
  const selectors = new Set();
  for (const name of ['kern-utilities.css', 'kern-grid.css']) {
    const file = require.resolve(`@kern-ux/native/dist/${name}`);
    postcss.parse(fs.readFileSync(file, 'utf8')).walkRules(/^\.kern-/, (rule) => selectors.add(rule.selector));
  }
  return selectors;
}

/** Splits `1px calc(2px + 3px)` at top-level spaces. */
function parts(value) {
  return value.match(/(?:[^\s(]|\((?:[^()]|\([^()]*\))*\))+/g) ?? [];
}

function toLogical(declaration) {
  const { prop, value } = declaration;
  if (PROPERTIES[prop]) {
    declaration.prop = PROPERTIES[prop];
  } else if (prop === 'text-align' && /^(left|right)$/.test(value)) {
    declaration.value = value === 'left' ? 'start' : 'end';
  } else if (/^(float|clear)$/.test(prop) && /^(left|right)$/.test(value)) {
    declaration.value = value === 'left' ? 'inline-start' : 'inline-end';
  } else if (/^(padding|margin)$/.test(prop) && !declaration.important) {
    const [top, right, bottom, left] = parts(value);
    if (left === undefined || left === right) return;
    declaration.cloneBefore({ prop: `${prop}-block`, value: `${top} ${bottom}` });
    declaration.cloneBefore({ prop: `${prop}-inline`, value: `${left} ${right}` });
    declaration.remove();
  }
}

export default function kernLogical() {
  const utilities = utilitySelectors();
  const unused = (selector) =>
    utilities.has(selector) || (selector.startsWith('.kern-') && !FAMILIES.test(selector));

  return {
    postcssPlugin: 'kern-logical',
    Once(root) {
      if (!/(dist|styles)\/kern\.css$/.test(root.source?.input.file ?? '')) return;
      root.walkAtRules('font-face', (rule) => rule.remove());
      root.walkComments((comment) => comment.remove());
      root.walkRules((rule) => {
        const kept = rule.selectors.filter((selector) => !unused(selector.trim()));
        if (kept.length === 0) rule.remove();
        else if (kept.length < rule.selectors.length) rule.selectors = kept;
      });
      root.walkDecls(toLogical);
      root.walkAtRules('media', (rule) => {
        if (!rule.nodes?.length) rule.remove();
      });
      const layer = postcss.atRule({ name: 'layer', params: 'kern' });
      const charset = root.nodes.filter((node) => node.type === 'atrule' && node.name === 'charset');
      charset.forEach((node) => node.remove());
      layer.append(root.nodes.map((node) => node.clone()));
      root.removeAll();
      root.append(
        postcss.comment({
          text: '! @kern-ux/native 2.7.2, EUPL-1.2, KERN-Team; changed by build/kern-postcss.mjs, see NOTICE ',
        }),
        layer,
      );
    },
  };
}
