using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using NUnit.Framework;

/// <summary>
/// Runs all tests of this assembly, each in a new object. Prints "passed NAME" or "failed NAME" for each, and the exception
/// of a failed test in the lines below.
/// </summary>
public static class Runner
{
    public static void Main()
    {
        int failures = 0;
        SynchronizationContext.SetSynchronizationContext(new Inline());
        foreach (MethodInfo method in Tests())
        {
            foreach (object[] arguments in Cases(method)) failures += Run(method, arguments) ? 0 : 1;
        }
        Leave.With(failures == 0 ? 0 : 1);
    }

    /// <summary>
    /// Continues at once what waits for a fake, as the tests expect. Without it newer .NET would put all but one of several
    /// waiting calls into the queue of its pool.
    /// </summary>
    private sealed class Inline : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object state)
        {
            callback(state);
        }
    }

    private static IEnumerable<MethodInfo> Tests()
    {
        return Assembly.GetExecutingAssembly().GetTypes().OrderBy(type => type.Name)
            .SelectMany(type => type.GetMethods())
            .Where(method => Cases(method).Any());
    }

    private static IEnumerable<object[]> Cases(MethodInfo method)
    {
        IEnumerable<object[]> cases = method.GetCustomAttributes<TestCaseAttribute>().Select(each => each.Arguments);
        return method.GetCustomAttribute<TestAttribute>() != null ? new[] { new object[0] } : cases;
    }

    private static bool Run(MethodInfo method, object[] arguments)
    {
        string name = method.DeclaringType.Name + "." + method.Name;
        try
        {
            method.Invoke(Activator.CreateInstance(method.DeclaringType), arguments);
            Console.WriteLine("passed " + name);
            return true;
        }
        catch (Exception error)
        {
            Console.WriteLine("failed " + name + "(" + string.Join(", ", arguments) + ")\n" + (error.InnerException ?? error));
            return false;
        }
    }
}
