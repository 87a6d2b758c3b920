/** A request at a time, and why it failed. */
import { useCallback, useState } from "react";

export interface Work {
  busy: boolean;
  failed: string | null;
  run: (work: () => Promise<unknown>) => void;
}

export function useWork(): Work {
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState<string | null>(null);
  const run = useCallback((work: () => Promise<unknown>) => {
    setBusy(true);
    setFailed(null);
    work().catch((error: unknown) => { setFailed(error instanceof Error ? error.message : String(error)); }).finally(() => { setBusy(false); });
  }, []);
  return { busy, failed, run };
}
