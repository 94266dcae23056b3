using System;
using System.Threading.Tasks;

/// <summary>
/// Plays a scenario against a running server: <c>Program SCENARIO URL…</c>. Prints the outcome as lines of NAME=VALUE, which
/// a test checks.
/// </summary>
public static class Program
{
    public static void Main(string[] arguments)
    {
        MainThread.Run(() => Scenario(arguments));
        Leave.With(0);
    }

    public static void Say(string name, object value)
    {
        Console.WriteLine(name + "=" + value);
    }

    private static Task Scenario(string[] arguments)
    {
        switch (arguments[0])
        {
            case "journey": return Journey.PlayAsync(arguments[1]);
            case "leading": return Leading.PlayAsync(arguments[1]);
            case "lost-answer": return LostAnswer.PlayAsync(arguments[1], arguments[2], arguments[3]);
            case "expired-token": return ExpiredToken.PlayAsync(arguments[1]);
            case "silence": return Silence.PlayAsync(arguments[1]);
            case "comes-back": return ComesBack.PlayAsync(arguments[1]);
            case "own-sign-in": return OwnSignIn.PlayAsync(arguments[1], arguments[2], arguments[3], arguments[4]);
            case "unknown-hash": return UnknownHash.PlayAsync(arguments[1]);
            case "faults": return Faults.PlayAsync(arguments[1], arguments[2]);
            case "new-server": return NewServer.PlayAsync(arguments[1], arguments[2]);
            case "shared": return SharedCredentials.PlayAsync(arguments[1], arguments[2], int.Parse(arguments[3]), int.Parse(arguments[4]));
            default: throw new ArgumentException("No such scenario: " + arguments[0]);
        }
    }
}
