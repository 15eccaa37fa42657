// Names, as one reads them.
const MOST = 3;

export function sorted(names) {
  return names.sort((one, other) => one.localeCompare(other));
}

// “Ada”, “Ada and Ben”, “Ada, Ben, Cleo and 2 more”
export function listed(names) {
  if (names.length > MOST) return `${names.slice(0, MOST).join(", ")} and ${names.length - MOST} more`;
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${names.at(-1)}` : (names[0] ?? "");
}
