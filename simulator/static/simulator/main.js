/* The desk: which phones lie on it, what is asked from the server, and the dialogs. */

import { Phone } from "./phone.js";
import { shrunk } from "./picture.js";
import * as server from "./server.js";
import { say } from "./words.js";

const POLL_MS = 600;
const POLL_HIDDEN_MS = 3000;
const PHONE_WIDTH_PX = 400;
const PHONES_MOST = 3;
const NOTICE_MS = 5000;
const CHOSEN = "simulator-customers";

const customers = new Map();
const messages = new Map();
const reading = new Set();
const phones = [];
let chosen = JSON.parse(sessionStorage.getItem(CHOSEN) ?? "[]");
let cursor = 0;
let attachingTo = null;

// --- What the server says ------------------------------------------------------------------------------------------

function take(state) {
  cursor = state.cursor;
  if (state.is_whole) {
    customers.clear();
    messages.clear();
    for (const phone of phones) phone.forget();
  }
  for (const customer of state.customers ?? []) takeCustomer(customer);
  for (const message of state.messages ?? []) messages.set(message.id, message);
  if (state.faults) showFaults(state.faults);
}

function takeCustomer(customer) {
  customers.set(customer.id, { ...customer, typingUntil: performance.now() + customer.typing_ms });
}

async function poll() {
  try {
    take(await server.changes(cursor));
    if (document.getElementById("notice").dataset.isOffline) notice("");
  } catch {
    notice(say("offline"), { isOffline: true });
  }
  draw();
  setTimeout(poll, document.hidden ? POLL_HIDDEN_MS : POLL_MS);
}

async function attempt(work) {
  try {
    return (await work()) ?? true;
  } catch (error) {
    notice(error instanceof server.Problem ? error.message : say("offline"));
    return null;
  }
}

// --- The phones ----------------------------------------------------------------------------------------------------

function draw() {
  const everyone = [...customers.values()].sort((a, b) => a.id - b.id);
  const count = Math.min(PHONES_MOST, everyone.length, Math.max(1, Math.floor(innerWidth / PHONE_WIDTH_PX)));
  chosen = chosen.filter((id) => customers.has(id));
  for (const { id } of everyone) if (chosen.length < count && !chosen.includes(id)) chosen.push(id);
  setPhones(count);
  const ordered = [...messages.values()].sort((a, b) => a.id - b.id);
  const unread = countUnread(ordered);
  phones.forEach((phone, i) => {
    const own = ordered.filter((message) => message.customer === chosen[i]);
    phone.show(customers.get(chosen[i]), everyone, own, unread);
    if (unread.get(chosen[i]) && !document.hidden) read(chosen[i]);
  });
}

function setPhones(count) {
  while (phones.length > count) phones.pop().element.remove();
  while (phones.length < count) {
    const phone = new Phone({ send, again, choose, attach });
    document.getElementById("phones").append(phone.element);
    phones.push(phone);
  }
}

function countUnread(ordered) {
  const unread = new Map();
  for (const { is_mine, status, customer } of ordered) {
    if (!is_mine && status === "delivered") unread.set(customer, (unread.get(customer) ?? 0) + 1);
  }
  return unread;
}

async function read(customerId) {
  if (reading.has(customerId)) return;
  reading.add(customerId);
  await attempt(() => server.post(`customers/${customerId}/read`));
  // Without read receipts it stays unread: do not ask at every look.
  setTimeout(() => reading.delete(customerId), POLL_HIDDEN_MS);
}

function choose(phone, customerId) {
  const place = phones.indexOf(phone);
  const elsewhere = chosen.indexOf(customerId);
  if (elsewhere >= 0) chosen[elsewhere] = chosen[place];
  chosen[place] = customerId;
  sessionStorage.setItem(CHOSEN, JSON.stringify(chosen));
  draw();
}

async function send(customer, fields) {
  const message = await attempt(() => server.post(`customers/${customer.id}/messages`, fields));
  if (!message) return false;
  // A look at the server may have brought the message already, and further.
  if (!messages.has(message.id)) messages.set(message.id, message);
  draw();
  return true;
}

async function again(message) {
  if (await attempt(() => server.post(`messages/${message.sid}/retry`))) notice(say("sent_again"));
}

// --- Dialogs -------------------------------------------------------------------------------------------------------

function attach(phone, kind) {
  if (kind === "audio" || kind === "sticker") return send(phone.customer, { kind });
  attachingTo = phone.customer;
  return document.getElementById(`attach-${kind}`).showModal();
}

async function fieldsOf(form) {
  const fields = new FormData(form);
  const file = fields.get("file");
  if (file?.size) fields.set("file", await shrunk(file), "picture.jpg");
  else fields.delete("file");
  return fields;
}

async function submit(form) {
  const fields = await fieldsOf(form);
  if (form.dataset.form === "customer") return addCustomer(fields);
  fields.set("kind", form.dataset.form);
  return send(attachingTo, fields);
}

async function addCustomer(fields) {
  const customer = await attempt(() => server.post("customers", fields));
  if (!customer) return false;
  takeCustomer(customer);
  const room = Math.min(PHONES_MOST, Math.max(1, Math.floor(innerWidth / PHONE_WIDTH_PX)));
  chosen = [...chosen.slice(0, room - 1), customer.id, ...chosen.slice(room - 1)];
  sessionStorage.setItem(CHOSEN, JSON.stringify(chosen));
  draw();
  phones.find((phone) => phone.customer.id === customer.id)?.input.focus();
  return true;
}

function listenToDialogs() {
  for (const button of document.querySelectorAll("[data-opens]")) {
    button.addEventListener("click", () => document.getElementById(button.dataset.opens).showModal());
  }
  for (const button of document.querySelectorAll("[data-closes]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
  for (const form of document.querySelectorAll("[data-form]")) {
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      if (await attempt(() => submit(form))) {
        form.closest("dialog").close();
        form.reset();
      }
    });
  }
  for (const dialog of document.querySelectorAll("dialog")) {
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  }
}

// --- Faults --------------------------------------------------------------------------------------------------------

function showFaults(faults) {
  for (const input of document.querySelectorAll("[data-fault]")) {
    const left = faults[input.dataset.fault];
    input.checked = left !== undefined;
    const label = document.querySelector(`[data-left="${input.dataset.fault}"]`);
    label.hidden = !left;
    if (left) label.textContent = say("times_left", { count: left });
  }
  const count = document.getElementById("fault-count");
  count.textContent = Object.keys(faults).length;
  count.hidden = count.textContent === "0";
}

function switchFault(name) {
  const isOn = document.querySelector(`[data-fault="${name}"]`).checked;
  const times = document.querySelector(`[data-times="${name}"]`).value;
  return attempt(async () => showFaults((await server.post("faults", { name, on: isOn, times })).faults));
}

function listenToFaults() {
  for (const input of document.querySelectorAll("[data-fault]")) {
    input.addEventListener("change", () => switchFault(input.dataset.fault));
  }
  for (const select of document.querySelectorAll("[data-times]")) {
    select.addEventListener("change", () => switchFault(select.dataset.times));
  }
}

// --- Notices -------------------------------------------------------------------------------------------------------

let noticeTimer = 0;

function notice(text, { isOffline = false } = {}) {
  const place = document.getElementById("notice");
  clearTimeout(noticeTimer);
  place.textContent = text;
  place.hidden = !text;
  place.dataset.isOffline = isOffline ? "yes" : "";
  if (text && !isOffline) noticeTimer = setTimeout(() => notice(""), NOTICE_MS);
}

listenToDialogs();
listenToFaults();
addEventListener("resize", draw);
document.addEventListener("visibilitychange", draw);
poll();
