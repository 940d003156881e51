/** Whether it is an http or https URL without login and query. */
export function isUrl(value: string): boolean {
  return /^https?:\/\/[\w.[\]:-]+(\/[\w./~-]*)?$/.test(value) && isReachable(value);
}

/** Whether it is an http or https URL without login. */
export function isPage(value: string): boolean {
  return /^https?:\/\/[^\s@]+$/.test(value) && isReachable(value);
}

/** Whether it is `host:port`, or several of them with commas between. */
export function isBrokers(value: string): boolean {
  return value.split(",").every((one) => isHost(one) && one.includes(":"));
}

/** The same where a host may stand without its port. */
export function isHosts(value: string): boolean {
  return value.split(",").every(isHost);
}

function isHost(value: string): boolean {
  const [whole, port = "1"] = /^[a-zA-Z0-9][\w.-]*(?::(\d{1,5}))?$/.exec(value) ?? [];
  return whole !== undefined && Number(port) >= 1 && Number(port) <= 65_535;
}

/** What a pattern can't tell: the port and the address in brackets are read by whoever calls it, and by us. */
function isReachable(url: string): boolean {
  return URL.canParse(url) && new URL(url).port !== "0";
}
