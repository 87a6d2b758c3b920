/** Icons by their name in the Lucide set, as node types name them. A name that is not here is shown as a plain box. */
import {
  ArrowRightFromLine, Box, CircleStop, ClipboardList, Clock, Code, Contact, CornerDownRight, CornerUpLeft, Database, Ear, Equal, GalleryHorizontal, GitFork, Globe, Hourglass, List, Mail,
  MessageCircleQuestion, MessageSquare, Mic, PhoneForwarded, PhoneOff, Repeat, Send, Split, Table, Brain, Search, Shield, Sparkles, Star, Users, Voicemail, type LucideIcon,
} from "lucide-react";

const icons: Record<string, LucideIcon> = {
  "arrow-right-from-line": ArrowRightFromLine, "circle-stop": CircleStop, "clipboard-list": ClipboardList, clock: Clock, code: Code, contact: Contact, "corner-down-right": CornerDownRight,
  "corner-up-left": CornerUpLeft, database: Database, ear: Ear, equal: Equal, "gallery-horizontal": GalleryHorizontal, "git-fork": GitFork, globe: Globe, hourglass: Hourglass, list: List, mail: Mail,
  "message-circle-question": MessageCircleQuestion, "message-square": MessageSquare, mic: Mic, "phone-forwarded": PhoneForwarded, "phone-off": PhoneOff, repeat: Repeat, send: Send, split: Split, table: Table,
  brain: Brain, search: Search, shield: Shield, sparkles: Sparkles, star: Star, users: Users, voicemail: Voicemail,
};

export function Icon({ name, size = 18 }: { name: string; size?: number }) {
  const Found = icons[name] ?? Box;
  return <Found size={size} aria-hidden="true" focusable="false" />;
}
