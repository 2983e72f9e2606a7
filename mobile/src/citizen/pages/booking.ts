// The three steps of a booking, loaded together after the first page stands.
export { default as Slots } from './Slots.svelte';
export { default as Details } from './Details.svelte';
export { default as Code } from './Code.svelte';
