/* global WORKER_URLS -- put in by build.mjs */

// Monaco gets its workers from here, so this runs before its first editor is created.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => new Worker(WORKER_URLS[label] ?? WORKER_URLS.editor),
};
