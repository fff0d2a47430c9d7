export async function drawGallery(_run: unknown): Promise<void> {}
export async function writeReports(_out: string, _options: { print: boolean }): Promise<void> {}
