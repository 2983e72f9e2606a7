// What the roles mean for pages; what they may do is decided by the backend.
import type { StaffMe } from '../api/types';

type Role = StaffMe['role'];

/** Only watches messages and jobs, and does not work at a counter. */
export const watches = (role: Role): boolean => role === 'ops' || role === 'observer';

/** Acts on messages, too. */
export const operates = (role: Role): boolean => role === 'ops';
