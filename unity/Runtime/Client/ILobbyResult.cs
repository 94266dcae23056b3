namespace AdventureBot2.Lobby
{
    /// <summary>What an operation came to that the rules of the lobby may refuse.</summary>
    public interface ILobbyResult
    {
        /// <summary>Why the rules said no; null when they did not.</summary>
        Rejection Rejection { get; }
    }
}
