/** A recording to listen to, or a picture to look at, fetched when it is wished. How long a short recording is, is told at once. */
import { Eye, Play } from "lucide-react";
import { useEffect, useState } from "react";
import { useWork } from "../home/work";
import { useWords } from "../words/words";
import { isPicture, isSound, readAsset, secondsOf, type AssetHead } from "./files-api";
import { MEASURED_BYTES } from "./limits";

/** Seconds as people read them. */
export function lengthOf(seconds: number, language: string): string {
  return new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "short", maximumFractionDigits: seconds < 10 ? 1 : 0 }).format(seconds);
}

export default function Listen({ asset }: { asset: AssetHead }) {
  const words = useWords();
  const { busy, failed, run } = useWork();
  const [seconds, setSeconds] = useState<number | null>(null);
  const [url, setUrl] = useState<string | null>(null);
  const sound = isSound(asset);
  const { path, etag, bytes } = asset;
  useEffect(() => {
    setUrl(null);
    setSeconds(null);
    if (!sound || bytes > MEASURED_BYTES) return undefined;
    let gone = false;
    readAsset(path).then(async (read) => {
      const found = await secondsOf(read.bytes);
      if (!gone) setSeconds(found);
    }, () => {
      // It is told when somebody wants to hear it.
    });
    return () => { gone = true; };
  }, [path, etag, bytes, sound]);
  useEffect(() => () => { if (url !== null) URL.revokeObjectURL(url); }, [url]);
  if (!sound && !isPicture(asset)) return null;
  const fetchIt = () => {
    run(async () => {
      const read = await readAsset(path);
      if (sound) setSeconds(await secondsOf(read.bytes));
      setUrl(URL.createObjectURL(read.bytes));
    });
  };
  return (
    <span className="listen">
      {seconds === null ? null : <span>{lengthOf(seconds, document.documentElement.lang)}</span>}
      {url === null ? (
        <button type="button" disabled={busy} aria-label={words(sound ? "files.listenTo" : "files.lookAt", { name: path })} onClick={fetchIt}>{sound ? <Play size={14} aria-hidden="true" /> : <Eye size={14} aria-hidden="true" />} {words(sound ? "files.listen" : "files.look")}</button>
      ) : sound ? <audio controls autoPlay src={url} aria-label={path} /> : <img src={url} alt={path} />}
      {failed === null ? null : <span role="alert" className="missing">{failed}</span>}
    </span>
  );
}
