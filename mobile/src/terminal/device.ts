import { deviceTokenOf } from '$shared/device';

export const deviceToken = deviceTokenOf('terminal');
