// Solves the task of the page "A quick check" (ALTCHA v2, PBKDF2). Without it, or where it fails, a wait does.
(() => {
  "use strict";
  const AT_ONCE = 16;
  const box = document.querySelector("[data-challenge]");
  const without = document.querySelector("[data-without]");
  const form = box?.closest("form");
  if (!form || !window.crypto?.subtle) return;

  const challenge = JSON.parse(box.dataset.challenge);
  const { parameters } = challenge;
  const told = box.querySelector("[data-told]");
  const progress = box.querySelector("progress");
  let solved = false;
  let failed = false;
  let waiting = false;

  const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
  const hexOf = (buffer) => Array.from(new Uint8Array(buffer), (one) => one.toString(16).padStart(2, "0")).join("");
  const salt = bytes(parameters.salt);
  const nonce = bytes(parameters.nonce);
  const hash = parameters.algorithm.split("/")[1];

  async function keyFor(counter) {
    const password = new Uint8Array(nonce.length + 4);
    password.set(nonce);
    new DataView(password.buffer).setUint32(nonce.length, counter);
    const key = await crypto.subtle.importKey("raw", password, "PBKDF2", false, ["deriveBits"]);
    const how = { name: "PBKDF2", hash, salt, iterations: parameters.cost };
    return hexOf(await crypto.subtle.deriveBits(how, key, parameters.keyLength * 8));
  }

  async function solve() {
    const { most } = parameters.data;
    progress.max = most;
    for (let first = 0; first < most; first += AT_ONCE) {
      const keys = await Promise.all(Array.from({ length: AT_ONCE }, (_none, step) => keyFor(first + step)));
      const found = keys.findIndex((key) => key.startsWith(parameters.keyPrefix));
      if (found >= 0) return { counter: first + found, derivedKey: keys[found] };
      progress.value = first + AT_ONCE;
    }
    throw new Error("no solution");
  }

  form.addEventListener("submit", (event) => {
    if (solved || failed) return;
    event.preventDefault();
    waiting = true;
    told.textContent = box.dataset.soon;
  });

  box.hidden = false;
  without.hidden = true;
  solve().then(
    (solution) => {
      solved = true;
      form.elements.altcha.value = btoa(JSON.stringify({ challenge, solution }));
      progress.value = progress.max;
      box.querySelector("[data-working]").hidden = true;
      told.textContent = box.dataset.done;
      if (waiting) form.submit();
    },
    () => {
      failed = true;
      box.querySelector("[data-working]").hidden = true;
      told.textContent = box.dataset.failed;
      without.hidden = false;
    },
  );
})();
