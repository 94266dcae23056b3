// The browser's localStorage for BrowserCredentialStore.cs. Plain ES5, as in AdventureBot2LobbySocket.jslib. A page may have no
// localStorage, as in a sandboxed frame: then each function says so, and the game stores elsewhere.
var AdventureBot2LobbyStoreLibrary = {
  // The stored text, in the game's memory, which the game frees; empty without one.
  AdventureBot2LobbyStoreLoad: function (key) {
    var text = "";
    try {
      text = localStorage.getItem(UTF8ToString(key)) || "";
    } catch (error) {
      text = "";
    }
    var size = lengthBytesUTF8(text) + 1;
    var memory = _malloc(size);
    stringToUTF8(text, memory, size);
    return memory;
  },

  // 1 if the text is stored; an empty text deletes it.
  AdventureBot2LobbyStoreSave: function (key, text) {
    try {
      var stored = UTF8ToString(text);
      if (stored) localStorage.setItem(UTF8ToString(key), stored);
      else localStorage.removeItem(UTF8ToString(key));
      return 1;
    } catch (error) {
      return 0;
    }
  },
};

mergeInto(LibraryManager.library, AdventureBot2LobbyStoreLibrary);
