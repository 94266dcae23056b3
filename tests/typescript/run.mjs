// Runs a compiled program with the WebSocket that node lacks before version 22. Arguments: the program, and its own.
import WebSocket from "ws";

globalThis.WebSocket ??= WebSocket;
const [program] = process.argv.splice(2, 1);
await import(program);
process.exit(0);
