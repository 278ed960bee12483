/** What an event may take at most. More than that is no event of ours. */
const MAX_LINE = 65_536;

interface Chunks {
  getReader(): { read(): Promise<{ readonly done: boolean; readonly value?: string | undefined }> };
}

/** The lines of a stream, as each is whole. Throws where one is too long. */
export async function* linesOf(stream: Chunks): AsyncGenerator<string> {
  const reader = stream.getReader();
  let rest = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    rest += value ?? '';
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) if (line !== '') yield line;
    if (rest.length > MAX_LINE) throw new Error('a line of events is too long');
  }
}
