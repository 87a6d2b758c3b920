/** English. */
import { placesEn } from "./places-en";

export const en = {
  ...placesEn,
  app: { title: "Flow editor", skip: "Skip to the flow", flows: "All flows", loading: "Loading…", menu: "Settings", docs: "API" },
  theme: { label: "Colours", auto: "As the system", light: "Light", dark: "Dark", contrast: "High contrast" },
  language: { label: "Language", en: "English", es: "Español" },
  home: {
    title: "Flows", lead: "Choose a flow to change it, or begin a new one.", search: "Search flows", none: "No flow is called like that.",
    new: "New flow", name: "What is it called?", kind: "What does it do?", create: "Create", cancel: "Cancel", problems_one: "{{count}} problem", problems_other: "{{count}} problems",
    failed: "The flows cannot be read: {{why}}", hello: "Hello! You have reached {{name}}.",
    kinds: { ivr: "Answers calls", chatbot: "Answers messages", routing: "Decides who serves a contact", outbound: "Calls or writes to people", library: "Is called by other flows" },
  },
  engine: { loading: "Getting the editor ready…", failed: "The editor's engine cannot be loaded, so nothing can be checked or changed here: {{why}}" },
  bar: {
    undo: "Undo", redo: "Redo", outline: "Outline", text: "Text", problems: "Problems", trial: "Try it", history: "History", sessions: "Sessions", texts: "Wording", build: "Build",
    save: "Save", tidy: "Tidy up", find: "Find", fit: "Show all", add: "Add a step", command: "Commands", zoomIn: "Zoom in", zoomOut: "Zoom out", details: "Settings of the step",
  },
  saving: {
    saved: "Saved", draft: "Not saved yet", saving: "Saving…", offline: "Offline; kept in this browser", refused: "Not saved", mergedState: "Please decide, then save",
    done: "Saved.", merged: "Somebody else had saved, too. Both changes are kept.", readOnly: "This server does not let flows be changed; your draft stays in this browser.", draftFound: "What you had not saved is here again.",
    conflict: "Somebody else changed the same things. Both versions are in the text, marked: decide, then save again.",
  },
  canvas: {
    label: "Canvas", help: "Arrow keys go along the paths; Enter opens the settings; A adds a step; C connects an exit; Delete removes; ? shows all keys.",
    came_one: "{{count}} came", came_other: "{{count}} came", untested: "not tested", parts: "parts here", breakpoint: "Stops here",
    start: "Start", interrupts: "At any time", none: "Nothing chosen", chosen: "{{name}}, {{type}}. {{exits}}", many_one: "{{count}} step chosen", many_other: "{{count}} steps chosen",
    addTo: "Add a step after “{{exit}}” of {{name}}", falls: "falls to the error path", ends: { end: "ends", hangup: "hangs up", return: "returns" },
    leads: "{{exit}} leads to {{target}}", open: "{{exit}} leads nowhere", stale: "The text cannot be read; this is the flow as it was.", empty: "This flow has no steps yet.", problems_one: "{{count}} problem", problems_other: "{{count}} problems",
    key: { title: "Keys", close: "Close" },
  },
  keys: {
    arrows: "Go along the paths", enter: "Settings of the step", add: "Add a step after this one", connect: "Connect an exit", rename: "Rename", breakpoint: "Stop a trial before this step", remove: "Remove the chosen steps",
    copy: "Copy, cut and paste steps as YAML", undo: "Undo and redo", save: "Save", find: "Find a step", command: "All commands", all: "Choose every step", help: "This list",
  },
  pick: {
    add: "Add a step", connect: "Where does “{{exit}}” lead?", find: "Find a step", command: "Commands", search: "Search", none: "Nothing is called like that.", results_one: "{{count}} result", results_other: "{{count}} results", newStep: "A new step…", nowhere: "Nowhere",
    endings: { end: "End the conversation", hangup: "Hang up", return: "Return to the calling flow" },
  },
  families: { talk: "Talk", logic: "Decide", data: "Data", understand: "Understand", call: "Call", care: "Service", outbound: "Outbound", extend: "Your own" },
  outline: { label: "Outline of the flow", interrupts: "At any time", loose: "No path leads here", to: "→ {{name}}", nowhere: "nowhere yet", addAfter: "Add a step after {{name}}" },
  details: {
    label: "Settings", none: "Choose a step to see its settings.", many: "{{count}} steps are chosen.", name: "Name", nameHelp: "How other steps refer to it.", title: "Title", titleHelp: "Shown instead of the name.",
    ways: "Where it goes", more: "More settings", less: "Fewer settings", remove: "Remove step", copy: "Duplicate", start: "Begin here", isStart: "The conversation begins here.", add: "Add", addItem: "Add an entry", removeItem: "Remove {{name}}", up: "Move up", down: "Move down",
    unset: "Not set", default: "Usually {{value}}", key: "Name", value: "Value", item: "Entry {{number}}", kind: "Kind", required: "needed", byChannel: "Differs by channel", parts: "Made of parts", plain: "Plain text", badJson: "This is not valid JSON.",
    phrases: "Separate with commas", channelDefault: "Everywhere else", settings: "Flow", flowTitle: "Title of the flow", flowDescription: "Description", variables: "Variables", addVariable: "New variable", close: "Close the settings", on: "Yes", off: "No", part: "Part", yaml: "as JSON",
  },
  exits: {
    next: "then", no_input: "said nothing", no_match: "was not understood", error: "something failed", timeout: "took too long", else: "otherwise", empty: "nothing found", none: "nothing found", start: "begins with",
    hangup: "hung up", open: "open", closed: "closed", holiday: "holiday", no_answer: "no answer", busy: "busy", rejected: "refused", failed: "failed", answered: "answered",
  },
  problems: { label: "Problems", none: "No problems. This flow can go live.", error: "Error", warning: "Warning", hint: "Hint", line: "line {{line}}", fix: "Fix", errors_one: "{{count}} error", errors_other: "{{count}} errors", others_one: "{{count}} hint", others_other: "{{count}} hints" },
  text: { label: "Text of the flow", file: "File", loading: "Loading the text…", format: "Format" },
  trial: {
    label: "Try it", channel: "Channel", voice: "Telephone", webchat: "Chat", messaging: "Messages", video: "Video call", locale: "Language", restart: "Start again", silence: "Stay silent", hangup: "Hang up", say: "Say something", write: "Write a message", send: "Send", speak: "Say",
    keypad: "Telephone keys", back: "One step back", forth: "One step forward", keep: "Save as a test", keepName: "What does it show?", keepIt: "Keep", kept: "Kept as {{name}}. Save to put it on the server.", variables: "Variables", none: "This flow has no variables.", ended: "The conversation has ended: {{reason}}.", asks: "The service behind “{{node}}” is asked. What does it answer?", answer: "Answer", fails: "It fails", silent: "It never answers",
    now: "Now", clock: "Clock of the trial", transcript: "Conversation", youKeys: "pressed {{keys}}", youSilence: "said nothing for {{time}}", youHangup: "hung up", timer: "time passed", result: "the service answered", failed: "the service failed", connect: "Connects to {{to}}", connected: "connection: {{outcome}}", note: "Tells: {{name}}", record: "Records", recorded: "recorded", here: "Go on from here", inputs: "Inputs", mocks: "Answers of services", suggested: "Take the answer of the tests", forget: "Ask again", cannot: "It cannot be tried yet: {{why}}", tests: "Run all tests", passed: "{{passed}} of {{all}} tests pass", began: "The conversation begins", step: "Step {{number}}", held: "Held before {{node}}", goOn: "Go on", oneStep: "One node further", breakpoint: "Stop before this step", breakpointSet: "The trial stops before {{node}}.", breakpointGone: "The trial does not stop before {{node}} any more.", covered: "{{nodes}} of {{allNodes}} steps and {{exits}} of {{allExits}} exits are walked.", showMissed: "Show what no test walks", passes: "Passes", doesNot: "Does not pass", waits: "waits at {{node}}",
  },
  wording: {
    title: "Wording", search: "Search the wording", show: "Show", wish: { all: "Everything", missing: "What is missing", stale: "What is out of date" }, key: "Text", original: "Original", go: "To step {{name}}", missing: "missing", stale: "out of date", before: "It translates: “{{text}}”", stillRight: "It is still right",
    missingCount_one: "{{count}} missing", missingCount_other: "{{count}} missing", staleCount_one: "{{count}} out of date", staleCount_other: "{{count}} out of date", rows_one: "{{count}} text", rows_other: "{{count}} texts", none: "No text is like that.",
  },
  sessions: {
    list: "Recorded sessions", search: "Search the list", flow: "Flow", thisFlow: "This flow", allFlows: "All flows", state: "State", anyState: "Live and ended", active: "live", ended: "ended", anyChannel: "Every channel", contact: "Contact's address", none: "There are no such sessions.", more: "More", unknown: "unknown contact", turns_one: "{{count}} turn", turns_other: "{{count}} turns",
    one: "Session", untold: "It cannot be told further: {{why}}", longer_one: "Only the first turn is shown.", longer_other: "Only the first {{count}} turns are shown.", timeline: "Moment of the session", first: "To the beginning", last: "To the end", against: "Replay against my draft",
    same_one: "Your draft does the same in its {{count}} turn.", same_other: "Your draft does the same in all {{count}} turns.", broken: "It cannot be replayed: {{why}}", parts: "Your draft parts at {{node}}, in turn {{turn}}:",
    volumes: "How many went which way", counted_one: "{{count}} session was counted.", counted_other: "{{count}} sessions were counted.", newest: "Only the newest are counted.", node: "Step", cameHead: "Came", endedHead: "Ended here", endedBy_one: "{{count}} {{reason}}", endedBy_other: "{{count}} {{reason}}", here_one: "{{count}} is here", here_other: "{{count}} are here",
  },
  history: {
    label: "History", draft: "Your changes since you last saved", live: "Saved, but not live yet", none: "Nothing changes.", publish: "Publish", schedule: "Schedule", note: "What is new?", author: "Your name", publishing: "Publishing…", published: "Published as version {{number}}.", willPublish: "Version {{number}} will be live at its moment.", versions: "Versions", version: "Version {{number}}", isLive: "live", canary: "{{percent}} % of contacts", scheduled: "live from {{at}}", rollback: "Go back to this version", rolledBack: "Version {{number}} is live again.", empty: "Nothing was published yet.", preview: "What publishing would do", same: "What is saved is live already.", unnoticed: "Nobody who calls or writes will notice.", saveFirst: "Save first: only what is saved can be published.", errors: "Errors must be mended before publishing.", log: "What happened", go: "Go back",
    waiting: "Conversations that wait right now", nobodyWaits: "Nobody waits.", moreWait: "More wait than were counted.", waitAt_one: "{{count}} waits at {{node}}", waitAt_other: "{{count}} wait at {{node}}", moves: "and goes on at {{node}} of the new version, unnoticed.", movesAnew: "and is asked anew at {{node}} of the new version.", stays: "and ends on its own version: {{why}}",
    recent: "Held against recent conversations", noRecent: "There were none in the last days.", compared_one: "{{count}} recent conversation was run on what is saved.", compared_other: "{{count}} recent conversations were run on what is saved.", goSame_one: "{{count}} goes the same way.", goSame_other: "{{count}} go the same way.", goOther_one: "{{count}} would go another way.", goOther_other: "{{count}} would go another way.", cannotTell_one: "{{count}} cannot be told.", cannotTell_other: "{{count}} cannot be told.", partAt: "{{differ}} of {{came}} part at {{node}}", differing: "Those that would go another way", then: "Then", now: "Now",
    canaryRuns: "Version {{number}} is for {{percent}} % of the contacts.", guarded: "It is taken back when more than {{percent}} % of its conversations fail, after {{after}}.", unguarded: "Nothing takes it back by itself.", promote: "Make it live for everybody", takeBack: "Take it back", comes: "Version {{number}} will be live from {{at}}.", doNot: "Do not", moved: "{{moved}} waiting conversations went on in version {{number}}, {{stayed}} end on theirs.",
    actions: { published: "Version {{number}} was published", scheduled: "Version {{number}} was scheduled", canary: "Version {{number}} was given to some contacts", live: "Version {{number}} became live at its moment", "rolled-back": "Back to version {{number}}, or without it", promoted: "Version {{number}} became live for everybody", guard: "Version {{number}} was taken back, because too many conversations failed", moved: "Waiting conversations were moved to version {{number}}" },
    when: { label: "For whom, and when?", now: "For everybody, now", later: "For everybody, from a moment on", moment: "From when?", some: "For some contacts first", share: "Share of the contacts, in percent", guard: "Take it back by itself when it fails", failing: "More than this share of its conversations fail, in percent", after: "After this many conversations have ended", firstForAll: "The first version is for everybody." },
  },
  people: {
    signIn: "Sign in", lead: "Flows are built by people who have signed in.", login: "Sign-in name", password: "Password", enter: "Sign in", byToken: "With an API token instead", token: "API token", tokenLead: "This server is protected. Enter its API token, or an API key: it is kept in this tab only, until you close it.",
    choose: "Choose your password", chooseLead: "The password that you were given was for once.", old: "The password that you were given", new: "Your new password", rule: "{{count}} characters or more: a sentence is easy to remember.", keep: "Keep it",
    title: "People", name: "Name", role: "Role", actions: "What to do", waiting: "has not signed in yet", invite: "Invite", roleOf: "Role of {{name}}", reset: "New password", resetOf: "A new password for {{name}}", remove: "Remove", removeOf: "Remove {{name}}",
    given: "{{name}} signs in once with this password. It is not shown again:", signOut: "Sign out {{name}}",
    roles: { admin: "Admin: everything", designer: "Designer: builds and publishes", author: "Author: writes flows and texts", reviewer: "Reviewer: looks and publishes", qa: "QA: turns conversations into tests", viewer: "Viewer: looks at flows" },
  },
};
