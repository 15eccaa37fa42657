// Two versions of a draft as one: nothing that either device holds is lost.
export function merged(server, device) {
  const [there, here] = [server.trim(), device.trim()];
  if (!here || there.includes(here)) return server;
  if (!there || here.includes(there)) return device;
  return `${device.trimEnd()}\n\n${server}`;
}
