// A game's own types: those with common names outside any namespace, in its namespace AdventureBot2, and in one that it imports.
public class Player { public string nickname; }
public class Party { public Player[] heroes; }
public class Session { public int floor; }
public enum GameType { Solo, Coop, PvP }
public class Member { }
public class Lobby { }
public class LobbyManager { }
public class Connection { }
public class JsonReader { }
public class Invite { }
public class Run { }
public class Search { }
public enum Visibility { Shown, Hidden }

namespace AdventureBot2
{
    public class Player { public string nickname; }
    public class Party { public Player[] heroes; }
    public class Session { public int floor; }
    public enum GameType { Solo, Coop, PvP }
    public class Lobby { }
    public class LobbyManager { }
}

namespace Evolution.Core
{
    public class Player { public string nickname; }
    public class Party { }
    public class Session { }
    public enum GameType { Solo, Coop, PvP }
    public class JsonReader { }
}
