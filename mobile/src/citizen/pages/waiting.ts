// The waiting list and its offers, loaded together after the first page stands.
export { default as WaitingForm } from './WaitingForm.svelte';
export { default as WaitingCode } from './WaitingCode.svelte';
export { default as WaitingList } from './WaitingList.svelte';
export { default as Earlier } from './Earlier.svelte';
export { default as Offer } from './Offer.svelte';
