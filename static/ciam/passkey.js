// Passkeys: the browser is asked for one, and the page's form carries what it answers.
//
// input[data-passkey]         "get" or "create"; data-options says what to ask. Filled in here, then its form is sent.
// [data-passkey-start]        asks when pressed. Shown, if it was hidden.
// [data-passkey-offer]        shown where the browser can do it.
// autocomplete="… webauthn"   passkeys stand among the addresses that the browser fills in.
"use strict";

(() => {
  const field = document.querySelector("input[data-passkey]");
  if (!field) return;

  const FRESH_MS = 4 * 60 * 1000; // a challenge is good for five minutes
  let made = Date.now();
  let offer = null;

  const say = (what) => {
    const line = document.querySelector("[data-passkey-status]");
    if (line) line.textContent = what ? line.dataset[what] : "";
  };

  const bytes = (text) => {
    const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(plain, (sign) => sign.charCodeAt(0));
  };

  const text = (buffer) => {
    const plain = String.fromCharCode(...new Uint8Array(buffer));
    return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  };

  const options = () => {
    const asked = JSON.parse(field.dataset.options);
    const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));
    asked.challenge = bytes(asked.challenge);
    if (asked.user) asked.user.id = bytes(asked.user.id);
    if (asked.excludeCredentials) asked.excludeCredentials = known(asked.excludeCredentials);
    if (asked.allowCredentials) asked.allowCredentials = known(asked.allowCredentials);
    return asked;
  };

  const answer = (credential) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = text(credential.response[name]);
    }
    if (credential.response.getTransports) response.transports = credential.response.getTransports();
    return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
  };

  // The same page again has a new challenge. If it is another page by now, show that.
  const freshen = async () => {
    if (Date.now() - made < FRESH_MS) return;
    const page = await (await fetch(location.href, { credentials: "same-origin" })).text();
    const found = new DOMParser().parseFromString(page, "text/html").querySelector("input[data-passkey]");
    if (!found) location.reload();
    field.dataset.options = found.dataset.options;
    made = Date.now();
  };

  const send = (credential) => {
    field.value = answer(credential);
    field.form.submit();
  };

  const ask = async () => {
    say("");
    if (offer) offer.abort();
    offer = null;
    try {
      await freshen();
      send(await navigator.credentials[field.dataset.passkey]({ publicKey: options() }));
    } catch (error) {
      say(error.name === "InvalidStateError" ? "held" : "stopped");
      stand();
    }
  };

  // Stands by without a window of its own, until somebody picks a passkey in the address field.
  const stand = async () => {
    const can = PublicKeyCredential.isConditionalMediationAvailable;
    if (!document.querySelector("input[autocomplete~=webauthn]") || !can) return;
    if (!(await can.call(PublicKeyCredential)) || offer) return;
    const mine = (offer = new AbortController());
    setTimeout(() => mine.abort("old"), FRESH_MS);
    try {
      await freshen();
      const asked = { publicKey: options(), mediation: "conditional", signal: mine.signal };
      send(await navigator.credentials.get(asked));
    } catch (error) {
      if (offer !== mine) return; // a press of the button took over
      offer = null;
      if (mine.signal.reason === "old") stand();
    }
  };

  if (!window.PublicKeyCredential || !navigator.credentials) {
    say("unable");
    return;
  }
  addEventListener("pageshow", (event) => event.persisted && location.reload()); // Back: the challenge may be used
  for (const part of document.querySelectorAll("[data-passkey-offer], [data-passkey-start]")) part.hidden = false;
  for (const button of document.querySelectorAll("[data-passkey-start]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      ask();
    });
  }
  stand();
})();
