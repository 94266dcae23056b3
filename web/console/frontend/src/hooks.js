import { useCallback, useEffect, useRef, useState } from "preact/hooks";

/**
 * What `load` returns, read again every `everyMs` while the tab is visible, and at once when `deps` change or `refresh` is called.
 * The last value stays while a later read fails.
 */
export function usePolled(load, everyMs, deps) {
  const [state, setState] = useState({ value: null, problem: null });
  const [turn, setTurn] = useState(0);
  const refresh = useCallback(() => setTurn((turn) => turn + 1), []);
  const loading = useRef(load);
  loading.current = load;
  useEffect(() => {
    let isOver = false;
    let timer;
    async function read() {
      if (!document.hidden) {
        try {
          const value = await loading.current();
          if (!isOver) setState({ value, problem: null });
        } catch (reason) {
          if (!isOver) setState((before) => ({ ...before, problem: reason.message }));
        }
      }
      if (!isOver && everyMs) timer = setTimeout(read, everyMs);
    }
    read();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [...deps, turn, everyMs]);
  return { ...state, refresh };
}

/** The route in the fragment of the address: "#/parties/1a2b" is ["parties", "1a2b"]. */
export function useRoute() {
  const [route, setRoute] = useState(readRoute);
  useEffect(() => {
    const listener = () => setRoute(readRoute());
    addEventListener("hashchange", listener);
    return () => removeEventListener("hashchange", listener);
  }, []);
  return route;
}

const readRoute = () => location.hash.replace(/^#\/?/, "").split("/").filter(Boolean).map(decodeURIComponent);
