/** One widget for each `format` of the node types' schemas. */
import { Plus, Trash2 } from "lucide-react";
import { lazy, Suspense, useId } from "react";
import type { Json, JsonMap } from "../../engine/protocol";
import { plainOf, spoken } from "../../flow/schema";
import { useEditor } from "../store";
import { useWords } from "../words/words";
import { JsonInput, TextArea, TextInput, useTyped, type Widget } from "./inputs";

const AudioInput = lazy(() => import("../files/audio-input"));

const ENDS = ["end", "hangup", "return"];

/** The nodes and ends that an exit may lead to. */
export function TargetInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const flow = useEditor((now) => now.flow);
  const value = typeof widget.value === "string" ? widget.value : "";
  const known = flow?.nodes.some((node) => node.id === value) === true || ENDS.includes(value) || value === "";
  return (
    <select id={widget.id} value={value} aria-describedby={widget.describedBy} onChange={(event) => { widget.write(event.target.value === "" ? undefined : event.target.value); }}>
      <option value="">{words("pick.nowhere")}</option>
      {known ? null : <option value={value}>{value} ?</option>}
      {ENDS.map((end) => <option key={end} value={end}>{words(`pick.endings.${end}`)}</option>)}
      {flow?.nodes.map((node) => <option key={node.id} value={node.id}>{node.title === null ? node.id : `${node.title} (${node.id})`}</option>)}
    </select>
  );
}

function FlowInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const flows = useEditor((now) => now.analysis?.flows) ?? [];
  const value = typeof widget.value === "string" ? widget.value : "";
  return (
    <select id={widget.id} value={value} aria-describedby={widget.describedBy} onChange={(event) => { widget.write(event.target.value || undefined); }}>
      {flows.some((flow) => flow.id === value) ? null : <option value={value}>{value === "" ? words("details.unset") : `${value} ?`}</option>}
      {flows.map((flow) => <option key={flow.id} value={flow.id}>{flow.title === null ? flow.id : `${flow.title} (${flow.id})`}</option>)}
    </select>
  );
}

/** A text with the variables of the flow as suggestions. */
function VariableInput({ widget }: { widget: Widget }) {
  const id = useId();
  const variables = useEditor((now) => now.flow?.variables) ?? [];
  return <><TextInput widget={widget} list={id} mono /><datalist id={id}>{variables.map((name) => <option key={name} value={name} />)}</datalist></>;
}

/** Buttons that put a variable where the words end. */
function Insertions({ wrap, onInsert }: { wrap: (name: string) => string; onInsert: (text: string) => void }) {
  const words = useWords();
  const variables = useEditor((now) => now.flow?.variables) ?? [];
  if (variables.length === 0) return null;
  return (
    <details className="insertions">
      <summary>{words("trial.variables")}</summary>
      {variables.map((name) => <button key={name} type="button" className="tag" onClick={() => { onInsert(wrap(name)); }}>{name}</button>)}
    </details>
  );
}

function PhrasesInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const shown = Array.isArray(widget.value) ? widget.value.map(String).join(", ") : typeof widget.value === "string" ? widget.value : "";
  const typed = useTyped(shown, (text) => {
    const all = text.split(",").map((one) => one.trim()).filter(Boolean);
    widget.write(all.length === 0 ? undefined : all);
  });
  return <input id={widget.id} value={typed.value} placeholder={words("details.phrases")} aria-describedby={widget.describedBy} autoComplete="off" onChange={(event) => { typed.onChange(event.target.value); }} onBlur={typed.onBlur} />;
}

const isMap = (value: Json | undefined): value is JsonMap => typeof value === "object" && value !== null && !Array.isArray(value);
const PARTS = ["text", "audio", "ssml", "video", "value"];

/** The place of a recording; what chooses and uploads one is fetched when it is needed. */
function SoundInput({ widget }: { widget: Widget }) {
  return <Suspense fallback={<TextInput widget={widget} mono />}><AudioInput widget={widget} /></Suspense>;
}

/** One part of what is said. */
function PartInput({ widget, part, onRemove }: { widget: Widget; part: JsonMap; onRemove: () => void }) {
  const words = useWords();
  const kind = PARTS.find((one) => part[one] !== undefined) ?? "text";
  const inner: Widget = { ...widget, value: part[kind], fallback: undefined, write: (value) => { widget.write({ ...part, [kind]: value ?? "" }); } };
  return (
    <div className="part">
      <select
        aria-label={words("details.part")} value={kind}
        onChange={(event) => {
          const rest = Object.fromEntries(Object.entries(part).filter(([key]) => key !== kind));
          widget.write({ [event.target.value]: part[kind] ?? "", ...rest });
        }}
      >
        {PARTS.map((one) => <option key={one}>{one}</option>)}
      </select>
      {kind === "audio" ? <SoundInput widget={inner} /> : <TextArea widget={inner} rows={1} mono={kind !== "text"} />}
      <button type="button" className="square quiet" aria-label={words("details.removeItem", { name: kind })} onClick={onRemove}><Trash2 size={15} aria-hidden="true" /></button>
    </div>
  );
}

/** What is said or shown: a text, parts, or one of these for each channel. */
function PromptInput({ widget }: { widget: Widget }) {
  const words = useWords();
  const { value } = widget;
  const channels = ["default", "voice", "webchat", "messaging", "video"];
  const kind = Array.isArray(value) ? "parts" : isMap(value) && channels.some((channel) => value[channel] !== undefined) ? "byChannel" : isMap(value) ? "json" : "plain";
  const turn = (to: string) => {
    const said = spoken(value);
    if (to === "plain") widget.write(said === "" ? undefined : said);
    if (to === "parts") widget.write([{ text: said }]);
    if (to === "byChannel") widget.write({ voice: said, default: said });
  };
  const at = (channel: string, map: JsonMap): Widget => ({
    ...widget, id: `${widget.id}-${channel}`, value: map[channel], write: (next) => { widget.write({ ...map, [channel]: next ?? "" }); },
  });
  return (
    <div className="prompt">
      {kind === "plain" ? (
        <>
          <TextArea widget={widget} />
          <Insertions wrap={(name) => `{{ ${name} }}`} onInsert={(text) => { widget.write(`${typeof value === "string" ? value : ""}${text}`); }} />
        </>
      ) : null}
      {kind === "json" ? <JsonInput widget={widget} /> : null}
      {kind === "parts" && Array.isArray(value) ? (
        <>
          {value.map((part, index) => (
            <PartInput
              key={index} part={isMap(part) ? part : { text: plainOf(part) }} widget={{ ...widget, id: index === 0 ? widget.id : `${widget.id}-${index}`, write: (next) => { widget.write(value.map((one, at) => (at === index ? (next ?? null) : one))); } }}
              onRemove={() => { widget.write(value.filter((_, at) => at !== index)); }}
            />
          ))}
          <button type="button" className="quiet" onClick={() => { widget.write([...value, { text: "" }]); }}><Plus size={14} aria-hidden="true" /> {words("details.add")}</button>
        </>
      ) : null}
      {kind === "byChannel" && isMap(value) ? Object.keys(value).map((channel) => (
        <label key={channel} className="channel"><span>{channel === "default" ? words("details.channelDefault") : words(`trial.${channel}`)}</span>
          {typeof value[channel] === "string" ? <TextArea widget={at(channel, value)} rows={1} /> : <JsonInput widget={at(channel, value)} />}
        </label>
      )) : null}
      <select className="kind" aria-label={`${widget.label}: ${words("details.kind")}`} value={kind} onChange={(event) => { turn(event.target.value); }}>
        <option value="plain">{words("details.plain")}</option><option value="parts">{words("details.parts")}</option><option value="byChannel">{words("details.byChannel")}</option>
        {kind === "json" ? <option value="json">{words("details.yaml")}</option> : null}
      </select>
    </div>
  );
}

/** The widget of a format; a format that is not known here is edited as JSON, never refused. */
export function FormatInput({ format, widget }: { format: string; widget: Widget }) {
  switch (format) {
    case "prompt":
      return <PromptInput widget={widget} />;
    case "target":
      return <TargetInput widget={widget} />;
    case "flow":
      return <FlowInput widget={widget} />;
    case "variable":
      return <VariableInput widget={widget} />;
    case "phrases":
      return <PhrasesInput widget={widget} />;
    case "expression":
      return <TextInput widget={widget} mono />;
    case "script":
      return <TextArea widget={widget} mono rows={5} />;
    case "ssml":
      return <TextArea widget={widget} mono rows={3} />;
    case "template":
    case "template-secret":
      return <TextArea widget={widget} rows={1} />;
    case "keys":
      return <TextInput widget={widget} mono pattern="[0-9*#A-D]*" />;
    case "duration":
      return <TextInput widget={widget} mono pattern="([0-9]+(ms|s|m|h|d))+" placeholder={typeof widget.fallback === "string" ? widget.fallback : "5s"} />;
    case "audio":
      return <SoundInput widget={widget} />;
    case "video":
    case "source":
    case "table":
    case "message-channel":
    case "number":
      return <TextInput widget={widget} mono />;
    default:
      return <JsonInput widget={widget} />;
  }
}
