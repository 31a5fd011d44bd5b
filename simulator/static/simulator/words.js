/* The reader's language: words from the page, dates from the browser. */

const texts = JSON.parse(document.getElementById("texts").textContent);
const language = document.documentElement.lang;
const clock = new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit", hour12: false });
const date = new Intl.DateTimeFormat(language, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
const DAY_MS = 86_400_000;

export const say = (name, values = {}) => texts[name].replace(/\{(\w+)\}/g, (_, key) => values[key]);

export const time = (moment) => clock.format(moment);

export const dayKey = (moment) => `${moment.getFullYear()}-${moment.getMonth() + 1}-${moment.getDate()}`;

export function day(moment) {
  if (dayKey(moment) === dayKey(new Date())) return say("today");
  if (dayKey(moment) === dayKey(new Date(Date.now() - DAY_MS))) return say("yesterday");
  return date.format(moment);
}
