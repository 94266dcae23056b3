// The part of a WebGL build that C# plays otherwise: it calls the functions of the .jslib files, and polls for news in each frame.
// Prints a line for each step. Argument: the socket's address.
#include <emscripten.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern int AdventureBot2LobbySocketOpen(const char *url, const char *subprotocol);
extern void AdventureBot2LobbySocketSend(int id, const char *text);
extern int AdventureBot2LobbySocketNews(int id);
extern char *AdventureBot2LobbySocketText(int id);
extern int AdventureBot2LobbySocketCode(int id);
extern void AdventureBot2LobbySocketLeave(int id);
extern char *AdventureBot2LobbyStoreLoad(const char *key);
extern int AdventureBot2LobbyStoreSave(const char *key, const char *text);

enum { OPENED = 1, MESSAGE = 2, CLOSED = 3 };

static int id;

static void store(void) {
  int saved = AdventureBot2LobbyStoreSave("guest", "Brünhild ☃");
  char *text = AdventureBot2LobbyStoreLoad("guest");
  printf("stored %d %s\n", saved, text);
  free(text);
  text = AdventureBot2LobbyStoreLoad("nobody");
  printf("nobody [%s]\n", text);
  free(text);
}

static void frame(void) {
  int kind;
  while ((kind = AdventureBot2LobbySocketNews(id)) != 0) {
    if (kind == OPENED) {
      printf("opened\n");
      AdventureBot2LobbySocketSend(id, "{\"type\":\"connection_init\"}");
      continue;
    }
    char *text = AdventureBot2LobbySocketText(id);
    if (kind == MESSAGE) {
      printf("message %s\n", text);
      if (strstr(text, "connection_ack")) AdventureBot2LobbySocketSend(id, "{\"type\":\"ping\",\"payload\":{\"from\":\"Brünhild\"}}");
      if (strstr(text, "\"pong\"")) AdventureBot2LobbySocketSend(id, "{\"type\":\"nonsense\"}");
    } else {
      printf("closed %d %s\n", AdventureBot2LobbySocketCode(id), text);
      AdventureBot2LobbySocketLeave(id);
      emscripten_cancel_main_loop();
    }
    free(text);
  }
}

int main(int count, char **arguments) {
  store();
  id = AdventureBot2LobbySocketOpen(arguments[1], "graphql-transport-ws");
  emscripten_set_main_loop(frame, 0, 0);
  return 0;
}
