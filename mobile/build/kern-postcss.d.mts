import type { Plugin } from 'postcss';
/** PostCSS plugin that makes KERN's stylesheet logical, smaller and layered. */
export default function kernLogical(): Plugin;
