// Times, durations and numbers for people.
const time = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const dateTime = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short" });
const number = new Intl.NumberFormat("en");

export const clock = (text) => (text ? time.format(new Date(text)) : "–");
export const moment = (text) => (text ? dateTime.format(new Date(text)) : "–");
export const count = (value) => (value === null || value === undefined ? "–" : number.format(value));
export const ms = (value) => (value === null || value === undefined ? "–" : `${number.format(Math.round(value * 10) / 10)} ms`);
export const words = (value) => (value ?? "").toLowerCase().replaceAll("_", " ");

export function duration(seconds) {
  const [days, hours, minutes] = [Math.floor(seconds / 86400), Math.floor(seconds / 3600) % 24, Math.floor(seconds / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${Math.floor(seconds)} s`;
}
