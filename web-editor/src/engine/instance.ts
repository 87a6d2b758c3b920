/** The engine's WebAssembly, without any generator of bindings: bytes in, bytes out. */

export interface Exports {
  memory: WebAssembly.Memory;
  alloc(length: number): number;
  free(start: number, length: number): void;
  call(start: number, length: number): bigint;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/**
 * Starts the engine. Some libraries below it name functions of the page that they never call there; the only one that is called gives hash
 * maps their seed, where the answers do not depend on it.
 */
export async function instance(bytes: BufferSource): Promise<Exports> {
  const module = await WebAssembly.compile(bytes);
  const imports: Record<string, Record<string, (start?: number, length?: number) => void>> = {};
  const own: { memory?: WebAssembly.Memory } = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (imports[from] ??= {})[name] = (start, length) => {
      if (!name.includes("getRandomValues") || !own.memory || start === undefined || length === undefined) throw new Error(`the engine called ${name}`);
      crypto.getRandomValues(new Uint8Array(own.memory.buffer, start, length));
    };
  }
  const started = (await WebAssembly.instantiate(module, imports)).exports as unknown as Exports;
  own.memory = started.memory;
  return started;
}

/** Asks once. */
export function answerOf(engine: Exports, request: string): string {
  const bytes = encoder.encode(request);
  const start = engine.alloc(bytes.length);
  new Uint8Array(engine.memory.buffer, start, bytes.length).set(bytes);
  const answer = BigInt.asUintN(64, engine.call(start, bytes.length));
  const [place, length] = [Number(answer >> 32n), Number(answer & 0xffff_ffffn)];
  const text = decoder.decode(new Uint8Array(engine.memory.buffer, place, length));
  engine.free(place, length);
  return text;
}
