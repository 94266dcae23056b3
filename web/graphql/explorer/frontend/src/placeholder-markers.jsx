// The variables editor checks types, and a placeholder in a number's place is a string: that one complaint is taken away.
import { useGraphiQL, useMonaco } from "@graphiql/react";
import { useEffect } from "react";
import { isPlaceholder } from "./placeholders.js";

const OWNER = "json";
const unquoted = (text) => text.replace(/^"|"$/g, "");

function clean(monaco, model) {
  const marks = monaco.editor.getModelMarkers({ owner: OWNER, resource: model.uri });
  const real = marks.filter((mark) => !isPlaceholder(unquoted(model.getValueInRange(mark))));
  if (real.length < marks.length) monaco.editor.setModelMarkers(model, OWNER, real);
}

/** Draws nothing; watches the variables editor's marks for as long as it is there. */
export function PlaceholderMarks() {
  const monaco = useMonaco((state) => state.monaco);
  const editor = useGraphiQL((state) => state.variableEditor);
  useEffect(() => {
    if (!monaco || !editor) return undefined;
    const watch = monaco.editor.onDidChangeMarkers(() => editor.getModel() && clean(monaco, editor.getModel()));
    return () => watch.dispose();
  }, [monaco, editor]);
  return null;
}
