// The variables editor checks types, and a placeholder in the place of a number is a string. This removes that error marker.
import { useGraphiQL, useMonaco } from "@graphiql/react";
import { useEffect } from "react";
import { isPlaceholder } from "./placeholders.js";

const OWNER = "json";
const unquoted = (text) => text.replace(/^"|"$/g, "");

function removeFalseMarkers(monaco, model) {
  const markers = monaco.editor.getModelMarkers({ owner: OWNER, resource: model.uri });
  const real = markers.filter((marker) => !isPlaceholder(unquoted(model.getValueInRange(marker))));
  if (real.length < markers.length) monaco.editor.setModelMarkers(model, OWNER, real);
}

/** Renders nothing; watches the markers of the variables editor while it is mounted. */
export function PlaceholderMarkers() {
  const monaco = useMonaco((state) => state.monaco);
  const editor = useGraphiQL((state) => state.variableEditor);
  useEffect(() => {
    if (!monaco || !editor) return undefined;
    const watch = monaco.editor.onDidChangeMarkers(() => editor.getModel() && removeFalseMarkers(monaco, editor.getModel()));
    return () => watch.dispose();
  }, [monaco, editor]);
  return null;
}
