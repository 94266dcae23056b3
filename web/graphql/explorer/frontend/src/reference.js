// The reference of REST: Swagger UI on the server's openapi.json, and a button that makes the visitor a player.
import SwaggerUI from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "./reference.css";
import { signInAsGuest } from "./identity.js";
import { currentValues } from "./memory.js";

const dark = matchMedia("(prefers-color-scheme: dark)");
const followColors = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
dark.addEventListener("change", followColors);
followColors();

const button = document.getElementById("guest");
const player = document.getElementById("player");

/** Signs the visitor in, and lets Swagger UI send the token with each request from then on. */
async function playAsGuest(ui) {
  button.disabled = true;
  try {
    await signInAsGuest();
    const { accessToken, player: guest } = currentValues();
    ui.preauthorizeApiKey("HTTPBearer", accessToken);
    player.textContent = `Playing as ${guest.displayName}`;
  } catch (reason) {
    player.textContent = reason.message;
  }
  button.disabled = false;
}

const ui = SwaggerUI({
  url: "openapi.json",
  domNode: document.getElementById("reference"),
  deepLinking: true,
  docExpansion: "list",
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  tryItOutEnabled: true,
  validatorUrl: null, // no badge of another server
  onComplete: () => button.addEventListener("click", () => playAsGuest(ui)),
});
