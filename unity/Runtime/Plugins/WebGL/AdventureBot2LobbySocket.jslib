// The browser's WebSocket for BrowserSocket.cs, which polls for events in each frame. Plain ES5: the compiler of Unity 2021
// supports nothing newer. Returned strings are in the game's memory, and the game frees them.
var AdventureBot2LobbySocketLibrary = {
  $adventureBot2LobbySockets: {
    OPENED: 1,
    MESSAGE: 2,
    CLOSED: 3,
    LOST: 1006,
    // A tab in the background draws no frames, so the game does not poll. With more waiting events than this the socket
    // closes. The game resumes from its cursor when the tab is visible again.
    WAITING_MAX: 512,
    lastId: 0,
    byId: {},

    put: function (socket, kind, text, code) {
      if (socket.isOver) return;
      socket.isOver = kind === this.CLOSED;
      socket.waiting.push({ kind: kind, text: text, code: code });
      if (!socket.isOver && socket.waiting.length >= this.WAITING_MAX) {
        this.put(socket, this.CLOSED, "More messages came than the game took.", this.LOST);
        socket.web.close();
      }
    },

    open: function (url, subprotocol) {
      var sockets = this;
      var socket = { web: null, isOver: false, waiting: [], current: null };
      var id = ++this.lastId;
      this.byId[id] = socket;
      try {
        socket.web = new WebSocket(url, [subprotocol]);
      } catch (error) {
        this.put(socket, this.CLOSED, String(error), this.LOST);
        return id;
      }
      socket.web.binaryType = "arraybuffer";
      socket.web.onopen = function () {
        sockets.put(socket, sockets.OPENED, "", 0);
      };
      socket.web.onmessage = function (event) {
        var text = typeof event.data === "string" ? event.data : new TextDecoder().decode(event.data);
        sockets.put(socket, sockets.MESSAGE, text, 0);
      };
      socket.web.onclose = function (event) {
        sockets.put(socket, sockets.CLOSED, event.reason, event.code);
      };
      return id;
    },

    leave: function (id) {
      var socket = this.byId[id];
      delete this.byId[id];
      if (!socket) return;
      socket.isOver = true;
      if (socket.web) socket.web.close(1000);
    },
  },

  AdventureBot2LobbySocketOpen: function (url, subprotocol) {
    return adventureBot2LobbySockets.open(UTF8ToString(url), UTF8ToString(subprotocol));
  },

  AdventureBot2LobbySocketSend: function (id, text) {
    var socket = adventureBot2LobbySockets.byId[id];
    if (socket && socket.web && socket.web.readyState === 1) socket.web.send(UTF8ToString(text));
  },

  // The kind of the next event, which becomes the current one; 0 without an event.
  AdventureBot2LobbySocketNews: function (id) {
    var socket = adventureBot2LobbySockets.byId[id];
    if (!socket || socket.waiting.length === 0) return 0;
    socket.current = socket.waiting.shift();
    return socket.current.kind;
  },

  AdventureBot2LobbySocketText: function (id) {
    var text = adventureBot2LobbySockets.byId[id].current.text;
    var size = lengthBytesUTF8(text) + 1;
    var memory = _malloc(size);
    stringToUTF8(text, memory, size);
    return memory;
  },

  AdventureBot2LobbySocketCode: function (id) {
    return adventureBot2LobbySockets.byId[id].current.code;
  },

  AdventureBot2LobbySocketLeave: function (id) {
    adventureBot2LobbySockets.leave(id);
  },
};

autoAddDeps(AdventureBot2LobbySocketLibrary, "$adventureBot2LobbySockets");
mergeInto(LibraryManager.library, AdventureBot2LobbySocketLibrary);
