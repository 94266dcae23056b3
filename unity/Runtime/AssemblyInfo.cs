#nullable enable
using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AdventureBot2.Lobby.Tests")]
