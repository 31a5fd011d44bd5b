/* Talks to the simulator's own addresses. */

const base = document.body.dataset.base;

export class Problem extends Error {}

export async function changes(after) {
  const response = await fetch(`${base}state?after=${after}`, { cache: "no-store" });
  if (!response.ok) throw new Problem(`${response.status}`);
  return response.json();
}

/** Post a form; a refusal becomes a Problem with the sentence that came back. */
export async function post(path, fields = {}) {
  const form = fields instanceof FormData ? fields : new FormData();
  if (form !== fields) for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.set("csrfmiddlewaretoken", document.querySelector("[name=csrfmiddlewaretoken]").value);
  const response = await fetch(base + path, { method: "POST", body: form });
  const answer = response.headers.get("Content-Type")?.startsWith("application/json") ? await response.json() : {};
  if (!response.ok) throw new Problem(answer.problem ?? `${response.status}`);
  return answer;
}
