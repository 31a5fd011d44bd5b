/* One message as WhatsApp shows it. */

import { formatted, isLarge } from "./format.js";
import { say, time } from "./words.js";

const TICKS = { queued: ["tick-one", "posted"], delivered: ["tick-two", "delivered"], read: ["tick-two", "read"] };

function make(tag, className = "", ...children) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  made.append(...children);
  return made;
}

const icon = (name) => document.getElementById(name).content.cloneNode(true);

export function separator(text) {
  return make("p", "chip day", text);
}

export function undelivered(message) {
  const made = make("p", "chip undelivered", say("undelivered", { name: document.body.dataset.name, code: message.error_code }));
  made.dataset.testid = "undelivered";
  return made;
}

/** A row with the bubble and what stands beside and under it; `again` posts the same webhook once more, `tap` what was chosen. */
export function row(message, isFirst, again, tap) {
  const side = message.is_mine ? "mine" : "theirs";
  const line = make("div", "line", bubble(message));
  const made = make("div", `row ${side}${isFirst ? " first" : ""}`, line);
  if (message.is_mine) line.append(againButton(message, again));
  if (message.is_mine && message.status === "failed") made.append(problem(message, again));
  if (message.choices.length) made.append(choices(message, tap));
  if (message.written_by) made.append(writtenBy(message));
  return made;
}

function bubble(message) {
  const shape = message.kind === "sticker" ? " media sticker" : isMedia(message) ? " media" : "";
  const made = make("div", `bubble ${message.is_mine ? "out" : "in"}${shape}`);
  made.dataset.testid = message.is_mine ? "bubble-out" : "bubble-in";
  made.dataset.sid = message.sid;
  made.append(...content(message));
  if (message.body) made.append(body(message));
  made.append(meta(message));
  return made;
}

/** Buttons or, where there is a label, a list that opens; a list closes when one of it was chosen. */
function choices(message, tap) {
  const isList = Boolean(message.choices_label);
  const buttons = message.choices.map((choice) => {
    const button = make("button", "", make("b", "", choice.title), ...(choice.description ? [make("small", "", choice.description)] : []));
    button.type = "button";
    button.dataset.testid = "choice";
    button.addEventListener("click", (event) => {
      event.target.closest("details")?.removeAttribute("open");
      tap({ kind: "button", body: choice.title, payload: choice.id, list: String(isList) });
    });
    return button;
  });
  if (!isList) return make("div", "choices", ...buttons);
  const summary = make("summary", "", message.choices_label);
  summary.dataset.testid = "choices";
  return make("details", "choices", summary, ...buttons);
}

const isMedia = (message) => message.media || message.media_url || message.kind === "location" || message.ad;

function body(message) {
  return make("span", isLarge(message.body) ? "body large" : "body", formatted(message.body));
}

function content(message) {
  if (message.ad) return [ad(message.ad)];
  if (message.kind === "location") return [map(message)];
  if (message.kind === "audio" && message.media) return [voice(message)];
  if (message.media && ["image", "sticker"].includes(message.kind)) return [picture(message)];
  if (message.media || message.media_url) return [documentLink(message)];
  return [];
}

function picture(message) {
  const made = make("img", "picture");
  Object.assign(made, { src: message.media, alt: say(message.kind === "sticker" ? "sticker" : "picture") });
  return made;
}

function documentLink(message) {
  const made = make("a", "document", icon("icon-document"), say("document"));
  Object.assign(made, { href: message.media ?? message.media_url, target: "_blank", rel: "noopener noreferrer" });
  return made;
}

function ad({ headline, body: text }) {
  return make("span", "quoted-ad", make("small", "", icon("icon-ad"), ` ${say("ad")}`), make("b", "", headline), make("small", "", text));
}

function map({ latitude, longitude, place, address }) {
  const tile = make("span", "map-tile");
  const coordinates = `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`;
  return make("span", "map", tile, make("b", "", place || say("location")), make("small", "", address || coordinates));
}

function voice(message) {
  const sound = new Audio(message.media);
  sound.preload = "none";
  const button = make("button");
  const bars = waveform(message.id);
  const show = () => {
    button.replaceChildren(icon(sound.paused ? "icon-play" : "icon-pause"));
    button.setAttribute("aria-label", `${say(sound.paused ? "play" : "pause")}: ${say("voice_note")}`);
    const played = sound.duration ? sound.currentTime / sound.duration : 0;
    bars.forEach((bar, i) => bar.classList.toggle("played", i < played * bars.length));
  };
  button.type = "button";
  button.addEventListener("click", () => (sound.paused ? sound.play() : sound.pause()));
  for (const event of ["play", "pause", "timeupdate", "ended"]) sound.addEventListener(event, show);
  show();
  const wave = make("span", "wave", ...bars);
  wave.setAttribute("aria-hidden", "true");
  return make("span", "voice", make("span", "mic", icon("icon-mic")), button, wave);
}

function waveform(seed) {
  return Array.from({ length: 28 }, (_, i) => {
    const bar = make("i");
    bar.style.height = `${20 + 75 * Math.abs(Math.sin(seed + i * 1.7) * Math.cos(i * 0.6 + seed))}%`;
    return bar;
  });
}

function meta(message) {
  const made = make("span", "meta", make("time", "", time(new Date(message.at))));
  if (message.is_mine) made.append(ticks(message));
  return made;
}

function ticks(message) {
  const made = make("span", "ticks");
  made.dataset.testid = "ticks";
  made.dataset.status = message.status;
  const [shape, word] = TICKS[message.status] ?? [null, "failed"];
  made.append(shape ? icon(shape) : "!");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", say(word, { status: outcome(message) }));
  made.title = made.getAttribute("aria-label");
  return made;
}

const outcome = (message) => message.http_status || say("no_answer");

function againButton(message, again) {
  const made = make("button", "again", icon("icon-again"));
  Object.assign(made, { type: "button", title: say("retry_same") });
  made.setAttribute("aria-label", say("retry_same"));
  made.dataset.testid = "retry-same";
  made.addEventListener("click", () => again(message));
  return made;
}

function problem(message, again) {
  const retry = make("button", "", say("retry"));
  retry.type = "button";
  retry.dataset.testid = "retry";
  retry.addEventListener("click", () => again(message));
  const made = make("p", "problem", say("failed", { status: outcome(message) }), retry);
  made.dataset.testid = "not-delivered";
  return made;
}

function writtenBy(message) {
  const made = make("small", "written-by", message.written_by);
  made.dataset.testid = "written-by";
  return made;
}
