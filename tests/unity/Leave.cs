using System;
using System.Runtime.InteropServices;

/// <summary>
/// The way out of a program. Mono 6.8 by itself takes up to a minute over it, once in some twenty times: it waits for an
/// idle thread of its pool.
/// </summary>
public static class Leave
{
    public static void With(int exitCode)
    {
        Console.Out.Flush();
        Console.Error.Flush();
        Exit(exitCode);
    }

    [DllImport("libc", EntryPoint = "_exit")]
    private static extern void Exit(int exitCode);
}
