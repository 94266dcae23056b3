using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

/// <summary>
/// Compiles with Roslyn. Each line of the input is the path of a file with one compilation, whose lines are words and values:
/// "out PATH", "version 9", "nullable enable", "documented yes", "define SYMBOL", "framework FOLDER", "reference PATH" and
/// "source PATH". Without a folder it compiles for the .NET that runs it. For each it prints the warnings and errors, and then
/// the line "done N" with their number. It goes on until its input ends, since its start takes much longer than a compilation.
/// </summary>
public static class Compiler
{
    // Two versions of one assembly, as always between libraries of .NET; a parameter that needs no words; a name in a comment
    // that this build does not have.
    private static readonly string[] _passedOver = { "CS1701", "CS1702", "CS1573", "CS1574" };
    private static readonly Dictionary<string, MetadataReference[]> _frameworks = new Dictionary<string, MetadataReference[]>();

    public static void Main()
    {
        string path;
        while ((path = Console.ReadLine()) != null)
        {
            Console.WriteLine("done " + Compile(File.ReadAllLines(path).Select(line => line.Split(new[] { ' ' }, 2)).ToArray()));
        }
    }

    private static int Compile(string[][] lines)
    {
        string output = Values(lines, "out").Single();
        LanguageVersion version;
        LanguageVersionFacts.TryParse(Values(lines, "version").Single(), out version);
        var comments = Values(lines, "documented").Length > 0 ? DocumentationMode.Diagnose : DocumentationMode.Parse;
        var parse = new CSharpParseOptions(version, comments).WithPreprocessorSymbols(Values(lines, "define"));
        var trees = Values(lines, "source").Select(path => CSharpSyntaxTree.ParseText(File.ReadAllText(path), parse, path));
        var own = Values(lines, "reference").Select(path => (MetadataReference)MetadataReference.CreateFromFile(path));
        bool isNullable = Values(lines, "nullable").Length > 0;
        var options = new CSharpCompilationOptions(
            output.EndsWith(".exe") ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
            nullableContextOptions: isNullable ? NullableContextOptions.Enable : NullableContextOptions.Disable);
        var references = Framework(Values(lines, "framework").SingleOrDefault()).Concat(own);
        var compilation = CSharpCompilation.Create(Path.GetFileNameWithoutExtension(output), trees, references, options);
        Diagnostic[] found = compilation.Emit(output).Diagnostics.Where(IsFault).ToArray();
        foreach (Diagnostic each in found) Console.WriteLine(each);
        return found.Length;
    }

    private static bool IsFault(Diagnostic found)
    {
        return found.Severity >= DiagnosticSeverity.Warning && !_passedOver.Contains(found.Id);
    }

    private static MetadataReference[] Framework(string folder)
    {
        folder = folder ?? Path.GetDirectoryName(typeof(object).Assembly.Location);
        MetadataReference[] known;
        if (_frameworks.TryGetValue(folder, out known)) return known;
        var paths = Directory.GetFiles(folder, "*.dll").Where(IsManaged);
        return _frameworks[folder] = paths.Select(path => (MetadataReference)MetadataReference.CreateFromFile(path)).ToArray();
    }

    private static string[] Values(string[][] lines, string word)
    {
        return lines.Where(line => line[0] == word).Select(line => line[1]).ToArray();
    }

    private static bool IsManaged(string path)
    {
        try
        {
            System.Reflection.AssemblyName.GetAssemblyName(path);
            return true;
        }
        catch (BadImageFormatException)
        {
            return false;
        }
    }
}
