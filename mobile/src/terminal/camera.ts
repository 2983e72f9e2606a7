// QR codes from the camera. `qr` decodes a frame in about 4 ms; browsers on Linux have no detector of their own.
import decodeQR from 'qr/decode.js';

const EVERY_MS = 150;

/**
 * Shows the camera in `video` and hands every QR code to `found`. Resolves once the picture runs, with the function
 * that switches the camera off; rejects without a camera or without permission.
 */
export async function readCodes(video: HTMLVideoElement, found: (text: string) => void): Promise<() => void> {
  const stream = await navigator.mediaDevices.getUserMedia({
    video: { facingMode: 'user', width: { ideal: 640 }, height: { ideal: 480 } },
    audio: false,
  });
  const off = (): void => {
    stream.getTracks().forEach((track) => track.stop());
    video.srcObject = null;
  };
  try {
    video.srcObject = stream;
    await video.play();
  } catch (error) {
    off();
    throw error;
  }
  const canvas = document.createElement('canvas');
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const timer = setInterval(() => {
    if (!context || video.videoWidth === 0) return;
    canvas.width = video.videoWidth;
    canvas.height = video.videoHeight;
    context.drawImage(video, 0, 0);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    let text: string;
    try {
      text = decodeQR({ data, width, height });
    } catch {
      return; // No code in this frame: the usual case.
    }
    found(text);
  }, EVERY_MS);
  return () => {
    clearInterval(timer);
    off();
  };
}
