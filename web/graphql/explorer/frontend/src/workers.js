/* global WORKER_URLS -- put in by build.mjs */

// Monaco asks for its workers here, before any of its editors is made.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKER_URLS[label] ?? WORKER_URLS.editor),
};
