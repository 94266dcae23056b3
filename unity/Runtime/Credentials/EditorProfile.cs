#nullable enable
using System.IO;

namespace AdventureBotLobby
{
    /// <summary>
    /// Tells the editors of one device apart, which would otherwise play as one guest: each player of Multiplayer Play Mode
    /// has a name on its command line, and each clone of a project has a folder of its own.
    /// </summary>
    internal static class EditorProfile
    {
        private const string NameArgument = "-name";

        /// <param name="arguments">The command line of the editor.</param>
        /// <param name="assetsFolder">Unity's <c>Application.dataPath</c>.</param>
        public static string Of(string[] arguments, string assetsFolder)
        {
            for (int at = 0; at + 1 < arguments.Length; at++)
            {
                if (arguments[at] == NameArgument) return "editor " + arguments[at + 1];
            }
            return "editor " + Path.GetFileName(Path.GetDirectoryName(assetsFolder) ?? "");
        }
    }
}
