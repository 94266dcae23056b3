// Runs the C# program of the address in the browser: ?program=NAME.dll&with=LIBRARY.dll&argument=…&argument=… Each line that the
// program prints is a line of the console. The last line is "exit CODE", which the class Leave prints.
import { dotnet } from "./_framework/dotnet.js";

const asked = new URLSearchParams(location.search);
const program = asked.get("program");
const own = [program, ...asked.getAll("with")];

/** Leaves out the web framework of the package, and puts the program in its place. */
function configure(config) {
  const { resources } = config;
  config.mainAssemblyName = program;
  resources.assembly = resources.assembly.filter(({ name }) => !/^(Microsoft\.(AspNetCore|Extensions|JSInterop)|Piral)\./.test(name));
  for (const name of own) resources.assembly.push({ virtualPath: name, name, resolvedUrl: new URL(name, location).href });
  resources.libraryInitializers = resources.modulesAfterRuntimeReady = [];
}

try {
  const { runMain } = await dotnet.withModuleConfig({ onConfigLoaded: configure }).create();
  await runMain(program, asked.getAll("argument"));
} catch (error) {
  console.log(error.stack ?? String(error));
  console.log("exit 1");
}
