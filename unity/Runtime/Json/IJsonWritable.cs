namespace AdventureBot2.Lobby
{
    /// <summary>A value that writes itself as one JSON value.</summary>
    public interface IJsonWritable
    {
        void Write(JsonWriter writer);
    }
}
