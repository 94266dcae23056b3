namespace AdventureBot2.Lobby
{
    /// <summary>
    /// What gives turns to connections, always on the same thread or at least one after the other: all events are raised
    /// in a turn. <see cref="UnityLoop"/> does so once a frame; <see cref="ContextLoop"/> is for programs without Unity.
    /// </summary>
    public interface ILoop
    {
        /// <summary>Gives turns to <paramref name="each"/> from now on.</summary>
        void Add(ITurn each);

        /// <summary>Gives no more. Does nothing when it is not there.</summary>
        void Remove(ITurn each);

        /// <summary>Says that there is something to do, from any thread.</summary>
        void Wake();
    }

    /// <summary>Something that works in turns. A turn in which there is nothing to do costs some comparisons.</summary>
    public interface ITurn
    {
        void Turn();

        /// <summary>The application is back after a pause, or in front again: what was open may be gone by now.</summary>
        void Resumed();

        /// <summary>The application ends.</summary>
        void Stopped();
    }
}
