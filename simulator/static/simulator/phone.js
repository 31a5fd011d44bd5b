/* One phone: a customer's chat with Karlos. */

import * as bubble from "./bubble.js";
import { day, dayKey, say, time } from "./words.js";

const ARRIVED = new Set(["delivered", "read"]);
const NEAR_BOTTOM_PX = 80;

/** `actions`: send(customer, fields), again(message), choose(phone, customer id), attach(phone, kind). */
export class Phone {
  constructor(actions) {
    this.actions = actions;
    this.shown = new Map();
    this.customer = null;
    this.element = document.getElementById("phone").content.cloneNode(true).firstElementChild;
    this.part = (selector) => this.element.querySelector(selector);
    this.chat = this.part(".chat");
    this.input = this.part("textarea");
    this.#listen();
  }

  #listen() {
    this.part("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.input.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.#send();
      }
    });
    this.input.addEventListener("input", () => this.#grow());
    this.part("select").addEventListener("change", (event) => this.actions.choose(this, Number(event.target.value)));
    this.#listenToMenu();
  }

  #listenToMenu() {
    const menu = this.part(".attach-menu");
    const button = this.part(".attach");
    const show = (isOpen) => {
      menu.hidden = !isOpen;
      button.setAttribute("aria-expanded", String(isOpen));
      if (isOpen) menu.querySelector("button").focus();
    };
    button.addEventListener("click", () => show(menu.hidden));
    menu.addEventListener("click", (event) => {
      const kind = event.target.closest("[data-attach]")?.dataset.attach;
      if (!kind) return;
      show(false);
      this.actions.attach(this, kind);
    });
    menu.addEventListener("keydown", (event) => {
      const items = [...menu.querySelectorAll("button")];
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step) items.at((items.indexOf(document.activeElement) + step) % items.length).focus();
      if (event.key === "Escape") {
        show(false);
        button.focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (!menu.hidden && !this.part(".composer").contains(event.target)) show(false);
    });
  }

  async #send() {
    const text = this.input.value.trim();
    if (!text) return;
    this.input.value = "";
    this.#grow();
    const isSent = await this.actions.send(this.customer, { kind: "text", body: text });
    if (!isSent && !this.input.value) this.input.value = text;
    this.#grow();
  }

  #grow() {
    this.input.style.height = "auto";
    this.input.style.height = `${this.input.scrollHeight}px`;
  }

  /** Show one customer's chat, with everyone else to choose from. */
  show(customer, customers, messages, unread) {
    if (this.customer?.id !== customer.id) this.#clear();
    this.customer = customer;
    this.#showOwner(customers, unread);
    this.#showTyping();
    this.#showMessages(messages);
  }

  /** The next chat shown is drawn anew. */
  forget() {
    this.customer = null;
  }

  #clear() {
    this.shown.clear();
    this.part(".messages").replaceChildren();
    this.input.value = "";
    this.isOpening = true;
  }

  #showOwner(customers, unread) {
    const label = (row) => (row.id !== this.customer.id && unread.get(row.id) ? `${row.name} (${unread.get(row.id)})` : row.name);
    const wanted = JSON.stringify(customers.map((row) => [row.id, label(row)]));
    const select = this.part("select");
    if (this.owners !== wanted) {
      select.replaceChildren(...customers.map((row) => new Option(label(row), row.id)));
      this.owners = wanted;
    }
    select.value = this.customer.id;
    this.element.setAttribute("aria-label", this.customer.name);
    this.part(".identity").textContent = this.customer.phone ?? say("hidden_number");
    this.part(".identity").title = this.customer.identity;
    this.part(".clock span").textContent = time(new Date());
  }

  #showTyping() {
    const isTyping = performance.now() < this.customer.typingUntil;
    this.part("[data-role=typing]").hidden = !isTyping;
    this.part("[data-role=presence]").hidden = isTyping;
    if (this.part(".dots").hidden === isTyping) this.#keepingBottom(() => (this.part(".dots").hidden = !isTyping));
  }

  #showMessages(messages) {
    const wanted = this.#wanted(messages);
    const place = this.part(".messages");
    if (wanted.every(({ key, sign }) => this.shown.get(key)?.sign === sign)) return;
    this.#keepingBottom(() => {
      for (const { key, sign, build } of wanted) {
        const old = this.shown.get(key);
        if (old?.sign === sign) continue;
        const node = build();
        if (old) old.node.replaceWith(node);
        else if (!this.isOpening) node.classList.add("new");
        this.shown.set(key, { sign, node });
      }
      wanted.forEach(({ key }, i) => {
        const { node } = this.shown.get(key);
        if (place.children[i] !== node) place.insertBefore(node, place.children[i] ?? null);
      });
    });
    this.isOpening = false;
  }

  /** What the chat shows, in order, each with a key and a sign that changes when it must be drawn anew. */
  #wanted(messages) {
    const wanted = [];
    let previous = null;
    for (const message of messages) {
      if (!message.is_mine && !ARRIVED.has(message.status) && !message.error_code) continue;
      const moment = new Date(message.at);
      const isNewDay = !previous || dayKey(moment) !== dayKey(new Date(previous.at));
      if (isNewDay) wanted.push({ key: dayKey(moment), sign: day(moment), build: () => bubble.separator(day(moment)) });
      const isFirst = isNewDay || previous.is_mine !== message.is_mine || Boolean(previous.error_code);
      wanted.push({ key: message.sid, sign: JSON.stringify([message, isFirst]), build: () => this.#row(message, isFirst) });
      previous = message;
    }
    return wanted;
  }

  #row(message, isFirst) {
    if (!message.is_mine && message.error_code) return bubble.undelivered(message);
    return bubble.row(message, isFirst, this.actions.again, (fields) => this.actions.send(this.customer, fields));
  }

  #keepingBottom(change) {
    const isNear = this.isOpening || this.chat.scrollHeight - this.chat.scrollTop - this.chat.clientHeight < NEAR_BOTTOM_PX;
    change();
    if (isNear) this.chat.scrollTop = this.chat.scrollHeight;
  }
}
