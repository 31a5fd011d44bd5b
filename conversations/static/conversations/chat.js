// A conversation that brings itself up to date, and the place where staff write in it.

const EVERY_MS = 3000;
const TYPING_FOR_MS = 6000;

const chat = document.getElementById("chat");
const scroll = document.getElementById("scroll");
const entries = document.getElementById("entries");
const composer = document.getElementById("composer");
const text = document.getElementById("text");
const why = document.getElementById("why");
const newer = document.getElementById("newer");
const at = (id) => document.getElementById(id);
const shown = { bar: "", proposal: "" };
const kept = `conversation ${chat.dataset.customer}`;
let typedAt = 0;
let chosen = null; // the car that goes with the reply
let editing = ""; // the turn whose proposal is being edited
let sticks = true; // the end stays in sight, also when pictures come late
let timer;

// --- Up to date ----------------------------------------------------------------------------------------------------

async function look() {
  clearTimeout(timer);
  if (document.hidden) return;
  const typing = Date.now() - typedAt < TYPING_FOR_MS ? 1 : 0;
  try {
    const answer = await fetch(`${chat.dataset.news}?first=${chat.dataset.first}&typing=${typing}`, { redirect: "manual" });
    // The session has ended: to the login, and from there back here.
    if (answer.type === "opaqueredirect") return location.reload();
    if (!answer.ok) throw new Error(answer.status);
    show(await answer.json());
    if (why?.dataset.away) tell("");
  } catch {
    tell(chat.dataset.away, true);
  }
  timer = setTimeout(look, EVERY_MS);
}

function show(news) {
  const isNew = merge(news.entries);
  for (const part of ["bar", "proposal"]) {
    if (news[part] === shown[part]) continue;
    shown[part] = news[part];
    // A button that is about to be pressed stays where it is.
    if (!at(part).contains(document.activeElement)) at(part).innerHTML = news[part];
  }
  chat.dataset.first = news.first;
  chat.dataset.newest = news.newest;
  for (const seen of document.querySelectorAll("[name=seen]")) seen.value = news.newest;
  if (composer) {
    composer.hidden = !news.can_write;
    at("shut").hidden = news.can_write;
  }
  if (sticks) toEnd();
  else if (isNew) newer.hidden = false;
}

/** Put in what is new and replace what has changed; whether anything is new. */
function merge(html) {
  const fresh = parsed(html);
  let isNew = false;
  for (const entry of fresh) {
    const old = at(entry.id);
    if (!old) {
      entries.append(entry);
      isNew = true;
    } else if (old.outerHTML !== entry.outerHTML) old.replaceWith(entry);
  }
  return isNew;
}

const parsed = (html) => [...new DOMParser().parseFromString(html, "text/html").body.children];
const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < 60;

function toEnd() {
  scroll.scrollTop = scroll.scrollHeight;
  sticks = true;
  newer.hidden = true;
}

document.addEventListener("visibilitychange", look);
newer.addEventListener("click", toEnd);
let size = ""; // a scroll that comes with another size is the browser's, not the reader's
const sizeNow = () => `${scroll.scrollHeight} ${scroll.clientHeight}`;
scroll.addEventListener("scroll", () => {
  if (sizeNow() !== size) return;
  sticks = isAtEnd();
  if (sticks) newer.hidden = true;
});
const resized = new ResizeObserver(() => {
  size = sizeNow();
  if (sticks) toEnd();
});
resized.observe(entries);
resized.observe(scroll);

at("earlier")?.addEventListener("click", async (event) => {
  const button = event.currentTarget;
  const answer = await fetch(`${chat.dataset.earlier}?before=${chat.dataset.oldest}`, { redirect: "error" });
  if (!answer.ok) return;
  const page = await answer.json();
  const below = scroll.scrollHeight - scroll.scrollTop;
  const older = parsed(page.entries);
  // The day that both pages have stands above the earlier of them.
  for (const entry of older) if (entry.id) at(entry.id)?.remove();
  entries.prepend(...older);
  scroll.scrollTop = scroll.scrollHeight - below;
  chat.dataset.oldest = page.first;
  button.hidden = !page.has_earlier;
});

// --- Writing -------------------------------------------------------------------------------------------------------

function tell(words, isAway = false) {
  if (!why) return;
  why.textContent = words;
  why.hidden = !words;
  why.dataset.away = isAway ? "1" : "";
}

/** What is being written survives a reload of the page. */
function keep() {
  sessionStorage.setItem(kept, JSON.stringify({ text: text.value, chosen, editing }));
  text.style.height = "auto";
  text.style.height = `${Math.min(text.scrollHeight + 2, window.innerHeight / 3)}px`;
}

function choose(car) {
  chosen = car;
  at("chosen").hidden = !car;
  if (!car) return;
  const picture = at("chosen").querySelector("img");
  picture.hidden = !car.picture;
  if (car.picture) picture.src = car.picture;
  at("chosen").querySelector("span").textContent = car.name;
}

function edit(turn) {
  editing = turn;
  at("editing").hidden = !turn;
}

async function send(address, fields) {
  const form = new FormData();
  form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  for (const [name, value] of Object.entries({ seen: chat.dataset.newest, ...fields })) form.set(name, value);
  try {
    const answer = await fetch(address, { method: "POST", body: form, redirect: "error" });
    if (answer.ok) return true;
    tell((await answer.json()).error);
  } catch {
    tell(chat.dataset.failed);
  }
  return false;
}

if (composer) {
  composer.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!text.value.trim() || at("send").disabled) return;
    at("send").disabled = true;
    const car = chosen ? { car: chosen.car, price: chosen.price, photo: chosen.photo || "" } : {};
    const fields = { text: text.value, ...(editing ? { turn: editing } : car) };
    const isSent = await send(editing ? chat.dataset.approve : chat.dataset.reply, fields);
    at("send").disabled = false;
    if (isSent) {
      tell("");
      text.value = "";
      typedAt = 0;
      choose(null);
      edit("");
      keep();
    }
    await look();
    if (isSent) toEnd();
    text.focus();
  });
  text.addEventListener("input", () => { typedAt = Date.now(); keep(); });
  text.addEventListener("keydown", (event) => {
    // On a keyboard Enter sends, as in WhatsApp; on a phone it is a new line.
    const isKeyboard = matchMedia("(pointer: fine)").matches;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing && isKeyboard) {
      event.preventDefault();
      composer.requestSubmit();
    }
  });
  for (const [id, drop] of [["chosen", () => choose(null)], ["editing", () => edit("")]]) {
    at(id).querySelector("[data-drop]").addEventListener("click", () => { drop(); keep(); });
  }
  at("attach").addEventListener("click", () => { at("cars").showModal(); findCars(); });
  const before = JSON.parse(sessionStorage.getItem(kept) || "{}");
  text.value = before.text || "";
  choose(before.chosen || null);
  edit(before.editing || "");
  keep();
}

// --- What Karlos proposes, receipts, cars ----------------------------------------------------------------------------

at("proposal").addEventListener("click", async (event) => {
  const button = event.target.closest("[data-do]");
  if (!button) return;
  const { turn, text: words } = button.parentElement.dataset;
  if (button.dataset.do === "edit") {
    text.value = words;
    edit(turn);
    choose(null);
    keep();
    text.focus();
    return;
  }
  button.disabled = true;
  if (await send(chat.dataset[button.dataset.do], { turn })) tell("");
  document.activeElement.blur();
  shown.proposal = "";
  await look();
});

chat.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-receipt]");
  if (!link || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const answer = await fetch(`${chat.dataset.lookedUp}?turn=${link.dataset.receipt}`, { redirect: "error" });
  if (!answer.ok) return;
  at("receipt-of").innerHTML = await answer.text();
  at("receipt").showModal();
});

let searching;
async function findCars() {
  clearTimeout(searching);
  searching = setTimeout(async () => {
    const answer = await fetch(`${chat.dataset.cars}?q=${encodeURIComponent(at("car-words").value)}`, { redirect: "error" });
    if (answer.ok) at("cars-found").innerHTML = await answer.text();
  }, 250);
}
at("car-words").addEventListener("input", findCars);
at("cars-found").addEventListener("click", (event) => {
  const photo = event.target.closest("[data-photo]");
  const car = event.target.closest("li")?.querySelector("[data-car]");
  if (!car || !event.target.closest("button")) return;
  const { car: number, price, name, text: words } = car.dataset;
  choose({ car: number, price, name, photo: photo?.dataset.photo, picture: photo?.querySelector("img").src });
  text.value = [text.value.trim(), words].filter(Boolean).join("\n\n");
  edit("");
  keep();
  at("cars").close();
  text.focus();
});

at("beside").open = matchMedia("(min-width: 64rem)").matches;
toEnd();
timer = setTimeout(look, EVERY_MS);
