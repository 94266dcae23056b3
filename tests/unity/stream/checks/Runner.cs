using System;
using System.Reflection;

/// <summary>Runs each public static method of the classes named ...Checks, and prints a line for each.</summary>
internal static class Runner
{
    private static void Main()
    {
        int failures = 0;
        foreach (Type type in Assembly.GetExecutingAssembly().GetTypes())
        {
            if (!type.Name.EndsWith("Checks", StringComparison.Ordinal)) continue;
            const BindingFlags declared = BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly;
            foreach (MethodInfo check in type.GetMethods(declared)) failures += Run(check);
        }
        Leave.With(failures);
    }

    private static int Run(MethodInfo check)
    {
        try
        {
            check.Invoke(null, null);
            Console.WriteLine("ok {0}", check.Name);
            return 0;
        }
        catch (TargetInvocationException error)
        {
            Console.WriteLine("failed {0}: {1}", check.Name, error.InnerException.ToString().Replace("\n", " | "));
            return 1;
        }
    }
}

internal static class Expect
{
    public static void Equal<T>(T expected, T actual)
    {
        if (!Equals(expected, actual)) throw new Exception("expected " + expected + ", got " + actual);
    }

    public static void True(bool holds, string what)
    {
        if (!holds) throw new Exception(what);
    }
}
