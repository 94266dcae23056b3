using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Threading;
using NUnit.Framework;

/// <summary>
/// Runs all tests of this assembly. As in NUnit, all tests of a class run in the same object. Prints "passed NAME" or "failed NAME"
/// for each, and the exception of a failed test in the lines below.
/// </summary>
public static class Runner
{
    private static readonly Dictionary<Type, object> _objects = new Dictionary<Type, object>();

    public static void Main()
    {
        int failures = 0;
        SynchronizationContext.SetSynchronizationContext(new NextUpdate());
        foreach (MethodInfo method in Tests())
        {
            foreach (object[] arguments in Cases(method)) failures += Run(method, arguments) ? 0 : 1;
        }
        Leave.With(failures == 0 ? 0 : 1);
    }

    /// <summary>As in Unity's edit mode, where posted code runs in an update after the test.</summary>
    private sealed class NextUpdate : SynchronizationContext
    {
        public override void Post(SendOrPostCallback callback, object state)
        {
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
            object tests = ObjectOf(method.DeclaringType);
            Call<SetUpAttribute>(tests);
            try
            {
                method.Invoke(tests, arguments);
            }
            finally
            {
                Call<TearDownAttribute>(tests);
            }
            Console.WriteLine("passed " + name);
            return true;
        }
        catch (Exception error)
        {
            Console.WriteLine("failed " + name + "(" + string.Join(", ", arguments) + ")\n" + (error.InnerException ?? error));
            return false;
        }
    }

    private static object ObjectOf(Type type)
    {
        object tests;
        if (!_objects.TryGetValue(type, out tests)) _objects[type] = tests = Activator.CreateInstance(type);
        return tests;
    }

    private static void Call<T>(object tests) where T : Attribute
    {
        foreach (MethodInfo each in tests.GetType().GetMethods())
        {
            if (each.GetCustomAttribute<T>() != null) each.Invoke(tests, null);
        }
    }
}
