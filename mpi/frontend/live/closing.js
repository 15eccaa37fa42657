// What a closed socket means, and when to come back. Pure.

const LONGEST = 4_000; // ms: a reader has what they missed within 5 s of the server's return
const LONGEST_HIDDEN = 30_000; // ms, in a tab nobody looks at
const FIRST = 500; // ms

// The sentence for a close that is final, or null when the page should come back.
export function ending(code) {
  if (code === 4401) return { text: "You are signed out, so nothing new arrives here.", link: "Sign in again", to: "sign-in" };
  if (code === 4404) return { text: "This workspace is not open to you.", link: "Go to your home page", to: "home" };
  if (code === 4403) return { text: "Your access here has changed.", link: "Load the page again", to: "reload" };
  return null;
}

// Milliseconds to wait before attempt number `attempt` (0, 1, …); `chance` is between 0 and 1.
export function delay({ attempt, code, hidden = false, chance = Math.random() }) {
  if (code === 1012 && attempt === 0) return chance * 1_000;
  if (code === 4429) return 30_000 + chance * 30_000;
  const longest = hidden ? LONGEST_HIDDEN : LONGEST;
  const step = Math.min(longest, FIRST * 2 ** Math.min(attempt, 10));
  const wait = step / 2 + (chance * step) / 2;
  return code === 1013 ? Math.max(wait, 2_000 + chance * 2_000) : wait;
}
