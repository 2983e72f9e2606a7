// Everything after a booking, loaded together after the first page stands.
export { default as Appointment } from './Appointment.svelte';
export { default as Move } from './Move.svelte';
export { default as Mine } from './Mine.svelte';
export { default as Help } from './Help.svelte';
export { default as NoMails } from './NoMails.svelte';
export { default as Today } from './Today.svelte';
